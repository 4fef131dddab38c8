import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { dataFolder, type DataFolder } from './data-folder.ts';
import { askDown, holderOf, holdFolder } from './up-socket.ts';

let folder: DataFolder;
const never = new AbortController().signal;

beforeEach(() => {
  folder = dataFolder(mkdtempSync(path.join(tmpdir(), 'ofn-up-')));
});
afterEach(() => rmSync(folder.root, { recursive: true }));

it('knows who holds a folder, and that nobody does', async () => {
  expect(await holderOf(folder)).toBeUndefined();
  const hold = await holdFolder(folder, () => {});
  expect(await holderOf(folder)).toBe(process.pid);
  await hold.release();
  expect(await holderOf(folder)).toBeUndefined();
});

it('takes a folder over from a process that died', async () => {
  writeFileSync(folder.upSocket, '');
  const hold = await holdFolder(folder, () => {});
  expect(await holderOf(folder)).toBe(process.pid);
  await hold.release();
});

it('answers one that asks it to end when it has ended', async () => {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  const hold = await holdFolder(folder, resolve);
  const down = askDown(folder, never);
  await asked;
  await hold.release();
  expect(await down).toBe(true);
  expect(await askDown(folder, never)).toBe(false);
});
