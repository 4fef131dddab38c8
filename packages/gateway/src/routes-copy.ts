import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Route } from './route/route.ts';

export interface RoutesCopy {
  /** The routes that were there; none when there is no copy, or it is damaged. */
  read(): Promise<Route[]>;
  /** The table changed: it is written in a while, however many changes come until then. */
  changed(): void;
  /** Writes what is not written yet. */
  close(): Promise<void>;
}

/** The copy on disk from which a gateway starts when no controller answers. It is whole at any time: written aside, then renamed. */
export function routesCopy(options: { path: string; routes: () => Route[]; delayMs: number }): RoutesCopy {
  const { path } = options;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  async function write(): Promise<void> {
    await writeFile(`${path}.new`, JSON.stringify(options.routes()), { mode: 0o600 });
    await rename(`${path}.new`, path);
  }

  function begin(): void {
    clearTimeout(timer);
    timer = undefined;
    // A copy that cannot be written costs a start without a controller, and nothing now.
    writing = writing.then(write).catch(() => undefined);
  }

  return {
    read: async () => {
      try {
        return JSON.parse(await readFile(path, 'utf8')) as Route[];
      } catch {
        return [];
      }
    },
    changed: () => {
      timer ??= setTimeout(begin, options.delayMs).unref();
    },
    close: () => {
      if (timer !== undefined) begin();
      return writing;
    },
  };
}
