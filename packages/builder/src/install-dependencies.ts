import { createRequire } from 'node:module';
import { readFile, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { BuildError } from './build-error.ts';
import type { PackageJson } from './detect-entry.ts';
import { runCommand } from './run-command.ts';

const lockFiles = ['npm-shrinkwrap.json', 'package-lock.json'];

export interface NpmSettings {
  /** Where packages come from unless the build names another registry. */
  registry?: string;
  /** Variables for a proxy or for certificates; never credentials. */
  env?: Record<string, string>;
}

export interface Installation {
  dir: string;
  packageJson: PackageJson | undefined;
  workDir: string;
  /** The build's own variables. */
  env: Record<string, string>;
  settings?: NpmSettings;
  log: (text: string) => void;
}

/** Installs what package.json depends on, with npm and without running anything of it. */
export async function installDependencies({ dir, packageJson, workDir, env, settings, log }: Installation): Promise<void> {
  if (Object.keys(packageJson?.dependencies ?? {}).length === 0 || (await exists(join(dir, 'node_modules')))) return;
  await assertInside(dir, packageJson);
  const isLocked = (await readLock(dir)) !== undefined;
  if (!isLocked) log('There is no package-lock.json: the newest matching versions are installed, and a later build may differ\n');
  const command = isLocked ? 'ci' : 'install';
  const registry = env['NPM_CONFIG_REGISTRY'] ?? settings?.registry;
  log(`Installing dependencies with npm ${command}\n`);
  // Arguments and variables win over the .npmrc of the source, which may say where packages of a scope come from and no more.
  const args = [command, '--ignore-scripts', '--location=project', '--omit=dev', '--no-audit', '--no-fund', '--no-update-notifier'];
  const done = await runCommand(process.execPath, [npmEntry(), ...args], {
    cwd: dir,
    env: {
      ...settings?.env,
      PATH: '/usr/local/bin:/usr/bin:/bin',
      HOME: workDir,
      TMPDIR: workDir,
      npm_config_cache: join(workDir, 'npm-cache'),
      npm_config_globalconfig: join(workDir, 'no-npmrc'),
      npm_config_git: join(workDir, 'no-git'),
      npm_config_global: 'false',
      npm_config_logs_dir: join(workDir, 'npm-logs'),
      npm_config_userconfig: join(workDir, 'no-user-npmrc'),
      npm_config_fetch_retry_mintimeout: '500',
      npm_config_fetch_retry_factor: '2',
      ...(registry === undefined ? {} : { npm_config_registry: registry }),
    },
    log,
  });
  if (done.code !== 0)
    throw new BuildError(
      'InstallFailed',
      `The dependencies cannot be installed: npm ${command} ended with ${done.code}: ${errorsOf(done.output)}. Correct package.json, or set NPM_CONFIG_REGISTRY in build.env.`,
    );
}

function npmEntry(): string {
  return join(dirname(createRequire(import.meta.url).resolve('npm/package.json')), 'bin/npm-cli.js');
}

/** npm's own words, without the name of its log file, which is gone by then. */
function errorsOf(output: string): string {
  const lines = output.split('\n').filter((line) => line.startsWith('npm error') && !/complete log|_logs/.test(line));
  return lines
    .map((line) => line.replace(/^npm error ?/, ''))
    .filter((line) => line !== '')
    .join(' ')
    .slice(0, 800);
}

/** The texts of a value, each with the name that it lies under; overrides nest. */
function specifiersIn(value: unknown, name = 'workspaces'): (readonly [string, string])[] {
  if (typeof value === 'string') return [[name, value]];
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]) => specifiersIn(inner, Array.isArray(value) ? name : key));
}

/** npm would read a folder or an archive anywhere: only those inside the source are meant. */
async function assertInside(dir: string, packageJson: PackageJson | undefined): Promise<void> {
  const lock = await readLock(dir);
  const { dependencies, optionalDependencies, overrides, workspaces } = packageJson ?? {};
  const named = [dependencies, optionalDependencies, overrides, workspaces].flatMap((each) => specifiersIn(each));
  const locked = Object.entries(lock?.packages ?? {}).map(([name, { resolved }]) => [name, resolved] as const);
  for (const [name, specifier] of [...named, ...locked]) {
    if (typeof specifier !== 'string' || !/^(?:file:|link:|\.|\/|~|[A-Za-z]:[\\/])/.test(specifier)) continue;
    const inside = relative(dir, resolve(dir, specifier.replace(/^(?:file|link):/, '')));
    if (inside.startsWith('..') || isAbsolute(inside) || specifier.includes('~'))
      throw new BuildError(
        'InstallFailed',
        `The dependency "${name}" (${specifier.slice(0, 200)}) lies outside the source. Copy it into the source, or publish it.`,
      );
  }
}

async function readLock(dir: string): Promise<{ packages?: Record<string, { resolved?: unknown }> } | undefined> {
  for (const name of lockFiles) {
    const text = await readFile(join(dir, name), 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    try {
      return JSON.parse(text) as { packages?: Record<string, { resolved?: unknown }> };
    } catch {
      throw new BuildError('InstallFailed', `${name} is not JSON. Make it again with npm install --package-lock-only.`);
    }
  }
  return undefined;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
