import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { functionKind } from '@openfunction/resources';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createEmbedded, type Embedded } from './create-embedded.ts';

let data: string;
beforeEach(() => {
  data = mkdtempSync(path.join(tmpdir(), 'ofn-v-'));
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

const start = (): Promise<Embedded> =>
  createEmbedded({ data, port: 0, domain: 'localhost', poolSize: 1, log: () => {}, searchPath: '/usr/local/bin:/usr/bin:/bin' });

/** The tables of format 1 are those of format 2: only what was deleted lies about in it. */
function labelled(format: number): void {
  const db = new DatabaseSync(path.join(data, 'state.sqlite'));
  db.exec(`PRAGMA user_version = ${format}`);
  db.close();
}

it('goes on with the data folder of the version before', async () => {
  const first = await start();
  const spec = { image: 'registry.local/samples/hello:v1', serving: {} };
  const metadata = { namespace: 'default', name: 'hello' };
  const made = await first.store.create(functionKind, { apiVersion: 'core.openfunction.io/v1beta2', kind: 'Function', metadata, spec });
  await first.close();
  labelled(1);

  const second = await start();
  const reconciled = async (): Promise<unknown> => {
    const found = await second.store.get(functionKind, metadata);
    return [found?.metadata.uid, found?.status?.observedGeneration];
  };
  await expect.poll(reconciled, { timeout: 15_000 }).toEqual([made.metadata.uid, 1]);
  await second.close();
  expect(existsSync(path.join(data, 'state.sqlite.format-1'))).toBe(true);
});

it('refuses the data folder of a later version, and says what to do', async () => {
  await (await start()).close();
  labelled(99);
  await expect(start()).rejects.toMatchObject({
    code: 'DataFolderUnusable',
    message: expect.stringMatching(
      /later version of OpenFunction \(format 99, .*Install that version again, or use another folder/,
    ) as string,
  });
});
