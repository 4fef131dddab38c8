// Installs every public package from its tarball into an empty folder with npm, and runs a function with what is there.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { packPackages } from './pack-packages.ts';

const root = path.resolve(import.meta.dirname, '..');
const folder = mkdtempSync(path.join(tmpdir(), 'ofn-install-'));
const data = path.join(folder, 'data');
const ofn = path.join(folder, 'node_modules/.bin/ofn');
const env = { ...process.env, KUBECONFIG: path.join(data, 'kubeconfig') };

try {
  install();
  run(ofn, 'up', '--data', data, '--port', '0', '--pool-size', '1', '--detach');
  try {
    const sample = path.join(folder, 'hello-world');
    cpSync(path.join(root, 'samples/hello-world'), sample, { recursive: true });
    run(ofn, 'deploy', sample);
    const answer = run(ofn, 'invoke', 'hello-world', '--path', '/?name=install');
    if (!answer.includes('Hello, install!')) throw new Error(`The installed function answered: ${answer}`);
    run(ofn, 'doctor', '--data', data);
  } finally {
    run(ofn, 'down', '--data', data);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function install(): void {
  const tarballs = path.join(folder, 'tarballs');
  mkdirSync(tarballs);
  const packed = packPackages(tarballs);
  const manifest = {
    private: true,
    dependencies: Object.fromEntries(packed.map(({ name, tarball }) => [name, `file:${tarball}`])),
    // What they need of each other is in these tarballs too, and in no registry.
    overrides: Object.fromEntries(packed.map(({ name }) => [name, `$${name}`])),
  };
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest));
  run('npm', 'install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error');
}

function run(program: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd: folder, env, encoding: 'utf8', timeout: 240_000 });
  if (status === 0) return stdout;
  throw new Error(`${path.basename(program)} ${args[0]} ended with ${status}: ${error?.message ?? ''}${stdout}${stderr}`);
}
