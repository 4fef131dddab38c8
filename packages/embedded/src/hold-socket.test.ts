import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { holdSocket } from './hold-socket.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'hs-'));
  file = path.join(folder, 's.sock');
});
afterEach(() => rmSync(folder, { recursive: true }));

it('takes the name over from one that died, for this user alone, until it lets go', () => {
  writeFileSync(file, 'left behind');
  const held = holdSocket(file)!;
  const { mode } = statSync(file);
  held.close();
  expect(mode.toString(8)).toBe('140600');
  expect(existsSync(file)).toBe(false);
});

it('says that a folder can have no socket', () => {
  expect(() => holdSocket(path.join(folder, 'nowhere/s.sock'))).toThrow(
    `No socket can be made at ${folder}/nowhere/s.sock: EACCES. Give a folder on a file system that has Unix sockets.`,
  );
});
