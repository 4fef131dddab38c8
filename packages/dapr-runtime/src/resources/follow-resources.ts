import { watch, type FSWatcher } from 'node:fs';
import type { Clock } from '@openfunction/reconcile';
import { digestOf, readFiles, resourcesOf, type Resources } from './load-resources.ts';

export interface FollowResourcesOptions {
  paths: readonly string[];
  /** What was read of them so far: a change in between is seen too. */
  since: Pick<Resources, 'digest'>;
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

/** Follows the files of the paths. */
export function followResources(options: FollowResourcesOptions): { close(): Promise<void> } {
  const { paths, clock, onChange, onError } = options;
  let seen = options.since.digest;
  let isClosed = false;
  let cancel = (): void => {};
  let looking = Promise.resolve();

  async function look(): Promise<void> {
    try {
      const files = await readFiles(paths);
      const now = digestOf(files);
      if (isClosed || now === seen) return;
      seen = now;
      await onChange(resourcesOf(files));
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
  // What changed between the reading and the watches gave no hint.
  lookIn(settlingMs);
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
