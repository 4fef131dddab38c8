import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';

// An instance may leave folders too deep for a path to name them, too many for one turn of the loop, or closed to their
// owner. `rm` can do the first, and does not follow links.
const program = 'rm -rf -- "$@" 2>/dev/null || { chmod -R u+rwx -- "$@" 2>/dev/null; rm -rf -- "$@" 2>/dev/null; }';

/** Gets rid of the folders of instances that are no more. */
export interface Removal {
  /** Its folder is out of the way at once, and gone soon. Never throws: what an instance left must stop nobody. */
  take(id: string): void;
  /** Tries what is still there; cheap to call often. */
  retry(): void;
  /** Waits until all is gone, as far as it can be. */
  finish(): void;
}

/** `root` has a folder for each instance; `boxIn` names the folder outside of it that goes first, if there is one. */
export function removal(root: string, boxIn: (record: string) => string | undefined): Removal {
  const doomed = `${root}.gone`;
  let running = false;

  function left(): string[] {
    if (!existsSync(doomed)) return [];
    return readdirSync(doomed).flatMap((id) => [boxOf(join(doomed, id)) ?? [], join(doomed, id)].flat());
  }
  function boxOf(path: string): string | undefined {
    try {
      return boxIn(readFileSync(join(path, 'state.json'), 'utf8'));
    } catch {
      return undefined;
    }
  }
  function retry(): void {
    const paths = running ? [] : left();
    if (paths.length === 0) return;
    running = true;
    const over = (): void => void (running = false);
    spawn('/bin/sh', ['-c', program, 'sh', ...paths], { stdio: 'ignore', env: {} })
      .on('error', over)
      .on('exit', over)
      .unref();
  }
  return {
    take: (id) => {
      try {
        mkdirSync(doomed, { recursive: true, mode: 0o700 });
        renameSync(join(root, id), join(doomed, id));
      } catch {
        // It was never there, or it stays until the next start.
      }
      retry();
    },
    retry,
    finish: () => {
      spawnSync('/bin/sh', ['-c', program, 'sh', ...left(), root, doomed], { stdio: 'ignore', env: {} });
    },
  };
}
