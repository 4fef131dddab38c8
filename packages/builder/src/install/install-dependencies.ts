import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BuildError } from '../build-error.ts';
import type { PackageJson } from '../detect-entry.ts';
import { sourceGuard } from '../fetch/source-guard.ts';
import { guardProxy, type GuardProxy } from '../fetch/guard-proxy.ts';
import type { SourceRules } from '../fetch/source-rules.ts';
import { runCommand, type Finished } from '../run-command.ts';
import { assertInside } from './assert-inside.ts';
import { managerOf, type Manager } from './manager.ts';
import type { Npmrc } from './npmrc.ts';
import { reducePnpmWorkspace } from './pnpm-workspace.ts';

export interface NpmSettings {
  /** Where packages come from unless the build names another registry. */
  registry?: string;
  /** Variables for a proxy or for certificates; never credentials. */
  env?: Record<string, string>;
  /** Whether scripts of packages may run where a build asks for it; not where only files are guarded. */
  scripts?: boolean;
}

export interface Installation {
  dir: string;
  packageJson: PackageJson | undefined;
  workDir: string;
  /** The build's own variables. */
  env: Record<string, string>;
  /** What it may fetch from. */
  rules: SourceRules;
  /** What the build's own Secret says of registries. */
  npmrc?: Npmrc;
  settings?: NpmSettings;
  log: (text: string) => void;
}

/** Installs what package.json depends on, exactly as the lockfile says, and without running anything of it unless that is asked for and allowed. */
export async function installDependencies(installation: Installation): Promise<void> {
  const { dir, packageJson, settings, env, npmrc, log } = installation;
  if (Object.keys(packageJson?.dependencies ?? {}).length === 0 || existsSync(join(dir, 'node_modules'))) return;
  const manager = await managerOf(dir, packageJson);
  assertInside(dir, packageJson, manager);
  const hasScripts = env['NPM_CONFIG_IGNORE_SCRIPTS'] === 'false';
  if (hasScripts) assertScripts(settings);
  if (manager.lock === undefined)
    log('There is no package-lock.json or pnpm-lock.yaml: the newest matching versions are installed, and a later build may differ\n');
  for (const name of npmrc?.ignored ?? []) log(`${name} of NPMRC has no effect here\n`);
  if (manager.name === 'pnpm') await reducePnpmWorkspace(dir);
  const proxy = await fetchProxy(installation);
  try {
    const { args, called } = command(manager, hasScripts);
    log(`Installing dependencies with ${called}${hasScripts ? ', and running their scripts' : ''}\n`);
    const done = await runCommand(process.execPath, args, { cwd: dir, env: await variables(installation, proxy?.url), log });
    if (done.code !== 0) throw failed(called, done, proxy?.refusals ?? []);
  } finally {
    await proxy?.close();
  }
}

function command(manager: Manager, hasScripts: boolean): { args: string[]; called: string } {
  const from = createRequire(import.meta.url);
  // Arguments and variables win over the files of the source, which may say where packages of a scope come from and no more.
  if (manager.name === 'npm') {
    const called = `npm ${manager.lock === undefined ? 'install' : 'ci'}`;
    const quiet = ['--location=project', '--omit=dev', '--no-audit', '--no-fund', '--no-update-notifier'];
    const scripts = hasScripts ? ['--ignore-scripts=false', '--foreground-scripts'] : ['--ignore-scripts'];
    return {
      called,
      args: [join(dirname(from.resolve('npm/package.json')), 'bin/npm-cli.js'), called.slice('npm '.length), ...scripts, ...quiet],
    };
  }
  const scripts = hasScripts ? ['--config.ignore-scripts=false', '--config.dangerously-allow-all-builds=true'] : ['--ignore-scripts'];
  const fixed = ['node-linker=hoisted', 'package-import-method=copy', 'side-effects-cache=false', 'manage-package-manager-versions=false'];
  const folders = ['modules-dir=node_modules', 'package-manager-strict=false', 'engine-strict=false', 'update-notifier=false'];
  const settings = [...fixed, ...folders].map((each) => `--config.${each}`);
  const args = ['install', '--frozen-lockfile', '--prod', '--ignore-pnpmfile', '--reporter=append-only', ...settings, ...scripts];
  return { called: 'pnpm install', args: [join(dirname(from.resolve('pnpm')), 'bin/pnpm.cjs'), ...args] };
}

async function variables({ workDir, env, settings, npmrc }: Installation, proxy: string | undefined): Promise<Record<string, string>> {
  const userconfig = join(workDir, 'user-npmrc');
  await writeFile(userconfig, npmrc?.text ?? '', { mode: 0o600 });
  const registry = env['NPM_CONFIG_REGISTRY'] ?? npmrc?.registry ?? settings?.registry;
  return {
    ...settings?.env,
    PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
    HOME: workDir,
    TMPDIR: workDir,
    XDG_CONFIG_HOME: join(workDir, 'config'),
    CI: 'true',
    npm_config_cache: join(workDir, 'npm-cache'),
    npm_config_store_dir: join(workDir, 'pnpm-store'),
    npm_config_globalconfig: join(workDir, 'no-npmrc'),
    npm_config_git: join(workDir, 'no-git'),
    npm_config_global: 'false',
    npm_config_logs_dir: join(workDir, 'npm-logs'),
    npm_config_userconfig: userconfig,
    npm_config_fetch_retry_mintimeout: '500',
    npm_config_fetch_retry_factor: '2',
    ...(registry === undefined ? {} : { npm_config_registry: registry }),
    ...(proxy === undefined ? {} : { npm_config_proxy: proxy, npm_config_https_proxy: proxy, npm_config_noproxy: 'none.invalid' }),
  };
}

/** Where a proxy of the operator resolves names, it decides what is reached. */
async function fetchProxy({ rules, settings }: Installation): Promise<GuardProxy | undefined> {
  if (settings?.env?.['HTTPS_PROXY'] !== undefined || settings?.env?.['HTTP_PROXY'] !== undefined) return undefined;
  const own = settings?.registry === undefined ? undefined : URL.parse(settings.registry);
  const port = own?.port || (own?.protocol === 'http:' ? '80' : '443');
  return guardProxy({ guard: sourceGuard(rules.addresses), trusted: own ? [`${own.hostname}:${port}`] : [] });
}

function assertScripts(settings: NpmSettings | undefined): void {
  const why =
    settings?.scripts === true
      ? existsSync('/bin/sh')
        ? undefined
        : 'there is no shell to run them'
      : 'builds are not caged well enough for them';
  if (why === undefined) return;
  throw new BuildError(
    'InstallFailed',
    `The scripts of packages, which NPM_CONFIG_IGNORE_SCRIPTS of build.env asks for, cannot run here: ${why}. Leave the variable out; most packages need no script.`,
  );
}

function failed(called: string, { code, output }: Finished, refusals: readonly string[]): BuildError {
  const refusal = refusals.find((each) => each.includes('is refused'));
  const why = refusal ?? `${called} ended with ${code}: ${errorsOf(output)}`;
  const help = refusal === undefined ? ' Correct package.json and its lockfile, or set NPM_CONFIG_REGISTRY in build.env.' : '';
  return new BuildError('InstallFailed', `The dependencies cannot be installed: ${why}.${help}`.replace('..', '.'));
}

/** The installer's own words, without the name of its log file, which is gone by then. */
function errorsOf(output: string): string {
  const lines = output.split('\n').filter((each) => /^npm error|ERR_PNPM|^\s*\[?ERR/.test(each) && !/complete log|_logs/.test(each));
  return (lines.length > 0 ? lines : output.trim().split('\n').slice(-5))
    .map((each) => each.replace(/^npm error ?/, '').trim())
    .filter((each) => each !== '')
    .join(' ')
    .slice(0, 800);
}
