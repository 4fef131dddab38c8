import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readTar } from '@openfunction/artifact';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { packFolder } from './pack-folder.ts';

let root: string;
beforeEach(() => (root = mkdtempSync(path.join(tmpdir(), 'ofn-pack-'))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(file: string, text = ''): void {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), text);
}

async function names(): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of readTar(await packFolder(root))) found.push(entry.path);
  return found;
}

it('packs what is in the folder, without dependencies and what .gitignore names', async () => {
  for (const file of ['index.js', 'lib/a.js', 'node_modules/x/index.js', '.git/HEAD', 'dist/out.js', 'secret.env']) write(file);
  write('.gitignore', 'dist/\n*.env\n');
  expect((await names()).sort()).toEqual(['.gitignore', 'index.js', 'lib/a.js']);
});

it('heeds a .gitignore in each folder, the innermost first, and never takes dependencies', async () => {
  for (const file of ['a.log', 'lib/a.log', 'lib/keep.log', 'lib/deep/b.log', 'lib/deep/x.tmp', 'lib/node_modules/y.js']) write(file);
  write('.gitignore', '*.log\n');
  write('lib/.gitignore', '!keep.log\n!node_modules\n/deep/*.tmp\n');
  write('lib/deep/.gitignore', '!b.log\n');
  expect((await names()).filter((name) => !name.endsWith('.gitignore')).sort()).toEqual(['lib/deep/b.log', 'lib/keep.log']);
});

it('makes the same bytes of the same files', async () => {
  write('b.js', 'b');
  write('a.js', 'a');
  expect(await packFolder(root)).toEqual(await packFolder(root));
});

it('refuses links, and folders without a file', async () => {
  await expect(packFolder(root)).rejects.toThrow('no file to deploy');
  symlinkSync('/etc/passwd', path.join(root, 'stolen'));
  await expect(packFolder(root)).rejects.toThrow('"stolen" is a link');
});
