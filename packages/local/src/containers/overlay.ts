import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerPrograms } from './find-containers.ts';

/**
 * The words before a command that is to have a table of mounts of its own, which goes with it: nothing is left to be unmounted.
 * Who is not root there gets a namespace in which it is.
 */
export function withOwnMounts({ unshare }: ContainerPrograms, isRoot: boolean): string[] {
  return [unshare, ...(isRoot ? [] : ['--user', '--map-root-user']), '--mount', '--propagation', 'private'];
}

/** By names in the present folder: in the options of a mount a path could end at any comma or colon. */
export function layersOf(isRoot: boolean): string {
  return `lowerdir=lower,upperdir=upper,workdir=work${isRoot ? '' : ',userxattr'}`;
}

/** Makes the folders that become a container's files: `root`, over the image, which stays as it is. */
export function overlayFolder(folder: string, image: string): void {
  for (const part of ['root', 'upper', 'work']) mkdirSync(join(folder, part), { recursive: true, mode: 0o755 });
  symlinkSync(image, join(folder, 'lower'));
}

/** Whether the file system of `dir` and the kernel allow it; only a trial tells. */
export function overlayWorks(programs: ContainerPrograms, dir: string, isRoot: boolean): boolean {
  const { mount } = programs;
  if (mount === undefined) return false;
  const trial = join(dir, 'trial');
  try {
    mkdirSync(join(trial, 'image/old'), { recursive: true, mode: 0o755 });
    overlayFolder(trial, 'image');
    const [unshare = '', ...alone] = withOwnMounts(programs, isRoot);
    // The kernel leaves a folder in `work` that only root there can remove.
    const use = '"$1" -t overlay overlay -o "$2" root && mkdir root/new && rmdir root/old; is=$?; rm -rf work/work; exit $is';
    const words = [...alone, '/bin/sh', '-c', use, 'sh', mount, layersOf(isRoot)];
    return spawnSync(unshare, words, { cwd: trial, timeout: 5000, stdio: 'ignore', env: {} }).status === 0;
  } finally {
    rmSync(trial, { recursive: true, force: true });
  }
}
