import { watch, type FSWatcher } from 'node:fs';
import type { Clock } from '@openfunction/reconcile';
import { addResources, readFiles, type Resources } from './load-resources.ts';

export interface FollowResourcesOptions {
  paths: readonly string[];
  clock: Clock;
  /** What the files say by now. Not called again before it has ended. */
  onChange(resources: Resources): Promise<void>;
  /** Files that cannot be used, or a change that did not succeed: it is tried again when a file changes. */
  onError(error: unknown): void;
}

// An editor writes a file in several steps.
const settlingMs = 200;
// A watch is a hint; some mounts give none.
const everyMs = 10_000;

/** Follows the files of the paths, from what they say when it is called. */
export async function followResources(options: FollowResourcesOptions): Promise<{ close(): Promise<void> }> {
  const { paths, clock, onChange, onError } = options;
  let seen = JSON.stringify(await readFiles(paths));
  let isClosed = false;
  let cancel = (): void => {};
  let looking = Promise.resolve();

  async function look(): Promise<void> {
    try {
      const files = await readFiles(paths);
      const now = JSON.stringify(files);
      if (isClosed || now === seen) return;
      seen = now;
      const resources: Resources = { components: [], subscriptions: [], resiliency: [], ignored: [] };
      for (const { file, yaml } of files) addResources(resources, yaml, file);
      await onChange(resources);
    } catch (error) {
      if (!isClosed) onError(error);
    }
  }

  function lookIn(delayMs: number): void {
    cancel();
    if (isClosed) return;
    cancel = clock.setTimeout(() => {
      looking = looking.then(look);
      void looking.then(() => lookIn(everyMs));
    }, delayMs);
  }

  const watchers = paths.flatMap((path) => watched(path, () => lookIn(settlingMs)));
  lookIn(everyMs);
  return {
    close: async () => {
      isClosed = true;
      cancel();
      for (const watcher of watchers) watcher.close();
      await looking;
    },
  };
}

function watched(path: string, onHint: () => void): FSWatcher[] {
  try {
    const watcher = watch(path, { persistent: false }, onHint);
    watcher.on('error', () => watcher.close());
    return [watcher];
  } catch {
    // Such as too many watches: the looks in between are enough.
    return [];
  }
}
