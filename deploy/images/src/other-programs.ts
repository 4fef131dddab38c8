import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npmArchitecture, type Architecture, type NodeProgram } from './node-program.ts';

export interface OtherPrograms {
  node: NodeProgram;
  /** Folder of esbuild's program. */
  esbuild: string;
}

/** What this very Node needs, as the same release names it everywhere. */
const libraries = ['libdl.so.2', 'libstdc++.so.6', 'libm.so.6', 'libgcc_s.so.1', 'libpthread.so.0', 'libc.so.6'];
const packages = ['libc6', 'libgcc-s1', 'libstdc++6'];
const systems: Readonly<Record<Architecture, { folder: string; loader: string }>> = {
  amd64: { folder: 'lib/x86_64-linux-gnu', loader: 'lib64/ld-linux-x86-64.so.2' },
  arm64: { folder: 'lib/aarch64-linux-gnu', loader: 'lib/ld-linux-aarch64.so.1' },
};

/** Node and esbuild of the same versions as here, for machines of another kind; undefined when they were not brought yet. */
export function otherPrograms(architecture: Architecture, cache: string, versions: { esbuild: string }): OtherPrograms | undefined {
  const folder = folderOf(architecture, cache, versions);
  if (!existsSync(folder)) return undefined;
  const { folder: to, loader } = systems[architecture];
  const find = (name: string): string => {
    const found = [to, join('usr', to)].map((path) => join(folder, 'system', path, name)).find((path) => existsSync(path));
    if (found === undefined) throw new Error(`The packages ${packages.join(', ')} of Debian have no ${name} for ${architecture}.`);
    return found;
  };
  const placed = libraries.map((name) => [join(to, name), find(name)]);
  return {
    node: {
      architecture,
      node: join(folder, 'node/package/bin/node'),
      libraries: Object.fromEntries([...placed, [loader, find(loader.split('/').at(-1) ?? '')]]) as Record<string, string>,
    },
    esbuild: join(folder, 'esbuild/package'),
  };
}

/** Brings them from npm and Debian, with the clients of both, which check what they get; what is there already is kept. */
export function bringOtherPrograms(architecture: Architecture, cache: string, versions: { esbuild: string }): void {
  const folder = folderOf(architecture, cache, versions);
  if (existsSync(folder)) return;
  if (!existsSync('/etc/debian_version'))
    throw new Error(`Images for ${architecture} are made of packages of Debian, with apt-get. Build them on Debian.`);
  mkdirSync(cache, { recursive: true });
  const fresh = mkdtempSync(`${folder}-`);
  try {
    const npm = npmArchitecture[architecture];
    unpackFromNpm(`node-linux-${npm}@${process.versions.node}`, join(fresh, 'node'));
    unpackFromNpm(`@esbuild/linux-${npm}@${versions.esbuild}`, join(fresh, 'esbuild'));
    unpackFromDebian(architecture, join(fresh, 'system'));
    renameSync(fresh, folder);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function folderOf(architecture: Architecture, cache: string, { esbuild }: { esbuild: string }): string {
  return join(cache, `programs-${architecture}-node-${process.versions.node}-esbuild-${esbuild}`);
}

function run(program: string, args: readonly string[], cwd: string): void {
  execFileSync(program, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'], timeout: 300_000 });
}

function unpackFromNpm(name: string, to: string): void {
  mkdirSync(to);
  run('npm', ['pack', '--silent', name], to);
  for (const file of readdirSync(to)) run('tar', ['-xzf', file], to);
}

function unpackFromDebian(architecture: Architecture, to: string): void {
  const apt = join(to, '..', 'apt');
  for (const path of ['state/lists/partial', 'cache/archives/partial']) mkdirSync(join(apt, path), { recursive: true });
  mkdirSync(to);
  // Its own state, so that this machine's packages know nothing of another architecture.
  writeFileSync(join(apt, 'status'), '');
  const settings = [
    `APT::Architecture=${architecture}`,
    `APT::Architectures::=${architecture}`,
    `Dir::State=${apt}/state`,
    `Dir::State::status=${apt}/status`,
    `Dir::Cache=${apt}/cache`,
    'Acquire::Languages=none',
    'Acquire::Retries=3',
    'APT::Sandbox::User=root',
  ].flatMap((setting) => ['-o', setting]);
  run('apt-get', [...settings, '-qq', 'update'], apt);
  run('apt-get', [...settings, '-qq', 'download', ...packages], apt);
  for (const file of readdirSync(apt).filter((name) => name.endsWith('.deb'))) run('dpkg-deb', ['-x', file, to], apt);
  rmSync(apt, { recursive: true });
}
