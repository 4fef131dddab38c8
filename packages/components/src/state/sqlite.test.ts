import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testContext } from '../testing/test-context.ts';
import { stateConformance } from './conformance.ts';
import { sqliteState } from './sqlite.ts';

describe('state.sqlite', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'ofn-sqlite-'));
  });
  afterAll(async () => rm(folder, { recursive: true }));
  const open = (metadata: Record<string, string> = {}): ReturnType<typeof sqliteState.open> =>
    sqliteState.open(new Map(Object.entries({ connectionString: path.join(folder, 'state.db'), ...metadata })), testContext());

  stateConformance(() => open());

  it('still has everything after it was closed and opened again', async () => {
    const first = await open();
    await first.write([{ kind: 'set', key: 'kept', value: Buffer.from('1') }]);
    const [before] = await first.read(['kept']);
    await first.close();
    const second = await open();
    expect(await second.read(['kept'])).toEqual([before]);
    await second.close();
  });

  it.each(['state; DROP TABLE state', '1st', ''])('refuses a table named %j', async (tableName) => {
    await expect(open({ tableName })).rejects.toThrow(/tableName/);
  });

  it('says what to look at when the file cannot be opened', async () => {
    await expect(open({ connectionString: path.join(folder, 'absent', 'state.db') })).rejects.toThrow(/Does the folder exist/);
  });
});
