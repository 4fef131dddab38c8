import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { replaceFile } from './replace-file.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ofn-replace-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

it('has what was written last, whatever its size and that of what was there', () => {
  const path = join(dir, 'state.json');
  for (const size of [10, 4000, 3, 9000, 5, 4082, 4084, 20_000, 8000, 0, 4085, 1]) {
    const value = { text: 'ü'.repeat(size / 2) };
    replaceFile(path, JSON.stringify(value));
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(value);
    expect(readdirSync(dir)).toEqual(['state.json']);
  }
});

it('makes no new file for what fits into a page, and lets nobody else read it', () => {
  const path = join(dir, 'state.json');
  replaceFile(path, JSON.stringify({ phase: 'Starting' }));
  const before = statSync(path);
  replaceFile(path, JSON.stringify({ phase: 'Ready' }));
  expect([statSync(path).ino, before.mode & 0o777]).toEqual([before.ino, 0o600]);
});
