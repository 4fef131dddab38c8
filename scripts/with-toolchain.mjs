#!/usr/bin/env node
// Runs a script of this repository under Node 24 and pnpm 12, and brings both from npm when the machine lacks them.
// Plain JavaScript without dependencies: it has to run on any Node from 20 on.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

const NODE = '24.21.0';
const PNPM = '12.21.0';
const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '..');

const bin = toolchain();
const env = {
  ...process.env,
  PATH: [...bin, path.join(root, 'node_modules', '.bin'), process.env.PATH].join(path.delimiter),
  TURBO_TELEMETRY_DISABLED: '1',
};
install();
// What runs from its source needs no build, and takes paths from where its user is.
const isHere = process.argv[2] === '--in';
if (!isHere) build();
const cwd = isHere ? process.argv[3] : root;
const [script, ...args] = process.argv.slice(isHere ? 4 : 2);
if (script) {
  const child = spawn('node', ['--conditions=@openfunction/source', path.join(root, script), ...args], {
    cwd,
    env,
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
}

/** Folders to put on PATH: empty when the machine's own Node and pnpm will do. */
function toolchain() {
  const major = Number(process.versions.node.split('.')[0]);
  const pnpm = spawnSync('pnpm', ['--version'], { encoding: 'utf8' });
  if (major >= 24 && pnpm.status === 0 && pnpm.stdout.startsWith('12.')) return [path.dirname(process.execPath)];
  const cache = process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache');
  const folder = path.join(cache, 'openfunction', 'toolchain', `n${NODE}-p${PNPM}`);
  const nodePackage = `node-${process.platform}-${process.arch}`;
  const folders = [path.join(folder, 'node_modules', nodePackage, 'bin'), path.join(folder, 'node_modules', '.bin')];
  if (existsSync(path.join(folders[0], 'node')) && existsSync(path.join(folders[1], 'pnpm'))) return folders;
  say(`bringing Node ${NODE} and pnpm ${PNPM} from npm into ${folder}`);
  const fresh = `${folder}.${process.pid}`;
  mkdirSync(fresh, { recursive: true });
  run('npm', [
    'install',
    '--prefix',
    fresh,
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    `${nodePackage}@${NODE}`,
    `pnpm@${PNPM}`,
  ]);
  rmSync(folder, { recursive: true, force: true });
  renameSync(fresh, folder);
  return folders;
}

function install() {
  const lock = readFileSync(path.join(root, 'pnpm-lock.yaml'), 'utf8');
  const stamp = path.join(root, 'node_modules', '.openfunction-lock');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  say('installing dependencies');
  run('pnpm', ['install', '--frozen-lockfile', '--reporter=silent'], env);
  writeFileSync(stamp, lock);
}

function build() {
  run('tsc', ['-b'], env);
  run('node', ['packages/framework-node/scripts/bundle-runner.ts'], env);
}

function run(command, args, environment = process.env) {
  const done = spawnSync(command, args, { cwd: root, env: environment, stdio: ['ignore', 2, 2] });
  if (done.status === 0) return;
  say(`\`${command} ${args[0]}\` failed${done.error ? `: ${done.error.message}` : ''}. Its own words are above.`);
  process.exit(done.status ?? 1);
}

function say(text) {
  process.stderr.write(`${text}\n`);
}
