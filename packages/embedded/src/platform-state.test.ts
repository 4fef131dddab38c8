import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dataFolder } from './data-folder.ts';
import { readState, writeState } from './platform-state.ts';

test('says that the state could not be written instead of ending the supervisor', () => {
  const folder = dataFolder(mkdtempSync(join(tmpdir(), 'ofn-state-')));
  const state = { pid: 1, domain: 'localhost', parts: {} };
  expect(writeState(folder, state)).toBe(true);
  expect(readState(folder)).toEqual(state);
  rmSync(folder.root, { recursive: true });
  expect(writeState(folder, state)).toBe(false);
});
