import { readdirSync, statSync, watch, type FSWatcher } from 'node:fs';
import path from 'node:path';

/** Not looked into: what changes there is no change of the source. */
const skipped = new Set(['node_modules', '.git']);

export interface WatchFolder {
  folder: string;
  /** Something below the folder changed; called once for what changes together. */
  onChange: () => void;
  /** A change is told when nothing more came for so long. */
  quietMs?: number;
}

/** Watches a folder and those below it, but not its dependencies, which may be thousands. */
export function watchFolder({ folder, onChange, quietMs = 25 }: WatchFolder): Disposable {
  const watchers = new Map<string, FSWatcher>();
  let timer: NodeJS.Timeout | undefined;
  let seen = '';

  function changed(): void {
    clearTimeout(timer);
    timer = setTimeout(() => {
      look();
      // Of one change a busy system tells more than once, and late.
      const before = seen;
      seen = stateOf(folder);
      if (seen !== before) onChange();
    }, quietMs);
  }

  /** Finds folders that are new; those that are gone ended their watcher by themselves. */
  function look(): void {
    for (const one of foldersBelow(folder)) {
      if (watchers.has(one)) continue;
      const end = (): void => void watchers.delete(one);
      try {
        watchers.set(one, watch(one, changed).on('error', end).on('close', end));
      } catch {
        // It is gone again.
      }
    }
    const present = new Set(foldersBelow(folder));
    for (const [one, watcher] of watchers) if (!present.has(one)) watcher.close();
  }

  look();
  seen = stateOf(folder);
  return {
    [Symbol.dispose]() {
      clearTimeout(timer);
      for (const watcher of watchers.values()) watcher.close();
    },
  };
}

/** What files there are, and when each was last written. */
function stateOf(folder: string): string {
  return foldersBelow(folder).flatMap(filesIn).join('\n');
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).map((entry) => {
      const file = path.join(folder, entry.name);
      const { size, mtimeMs, ino } = (entry.isDirectory() ? undefined : statSync(file, { throwIfNoEntry: false })) ?? {
        size: 0,
        mtimeMs: 0,
        ino: 0,
      };
      return `${file} ${ino} ${size} ${mtimeMs}`;
    });
  } catch {
    return [];
  }
}

function foldersBelow(folder: string): string[] {
  try {
    const inside = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory() && !skipped.has(entry.name));
    return [folder, ...inside.flatMap(({ name }) => foldersBelow(path.join(folder, name)))];
  } catch {
    return [];
  }
}
