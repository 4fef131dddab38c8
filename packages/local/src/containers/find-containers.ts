import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { basename, delimiter, join } from 'node:path';

/** The programs that run a container of an image: rootless, in namespaces of its own. */
export interface ContainerPrograms {
  /** An OCI runtime with the command line of runc. */
  runtime: string;
  nsenter: string;
  unshare: string;
  /** Lays a layer of its own over an image; without it, each container has a copy. */
  mount?: string;
  /** Connects a container's network to the outside; without it, containers reach nothing. */
  slirp?: string;
}

/** Those that are there and may do what they have to; or why none may, and what would change that. */
export type FoundContainers = { programs: ContainerPrograms } | { missing: string };

const runtimes = ['runc', 'crun'];

/** Looks in the folders of `searchPath`, and tries whether the machine lets a namespace be made. */
export function findContainers(platform: NodeJS.Platform, searchPath: string): FoundContainers {
  if (platform !== 'linux') return { missing: 'Images run on Linux only: use a cluster, or a Linux machine.' };
  const folders = searchPath.split(delimiter).filter((folder) => folder.startsWith('/'));
  const find = (name: string): string | undefined => folders.map((folder) => join(folder, name)).find(isProgram);
  const runtime = runtimes.map(find).find((found) => found !== undefined);
  if (runtime === undefined) return { missing: 'Install runc (or podman, which brings crun), and start the platform again.' };
  if (!filtersSystemCalls(runtime))
    return { missing: `Install a ${basename(runtime)} that is built with libseccomp, and start the platform again: ${runtime} is not.` };
  const [nsenter, unshare] = [find('nsenter'), find('unshare')];
  if (nsenter === undefined || unshare === undefined)
    return { missing: 'Install nsenter and unshare, of the package util-linux, and start the platform again.' };
  const trial = spawnSync(unshare, ['--user', '--map-root-user', '--net', '--pid', '--fork', '/bin/true'], { timeout: 5000, env: {} });
  if (trial.status !== 0)
    return { missing: 'Allow user namespaces (sysctl kernel.unprivileged_userns_clone=1), and start the platform again.' };
  // It makes a network device, which some machines leave to root.
  const slirp = isUsable('/dev/net/tun', constants.R_OK | constants.W_OK) ? find('slirp4netns') : undefined;
  const mount = find('mount');
  const optional = { ...(slirp === undefined ? {} : { slirp }), ...(mount === undefined ? {} : { mount }) };
  return { programs: { runtime, nsenter, unshare, ...optional } };
}

/** runc names the library, crun the feature. */
function filtersSystemCalls(runtime: string): boolean {
  return /libseccomp|\+SECCOMP/.test(spawnSync(runtime, ['--version'], { timeout: 5000, env: {}, encoding: 'utf8' }).stdout ?? '');
}

function isProgram(path: string): boolean {
  return isUsable(path, constants.X_OK);
}

function isUsable(path: string, how: number): boolean {
  try {
    accessSync(path, how);
    return true;
  } catch {
    return false;
  }
}
