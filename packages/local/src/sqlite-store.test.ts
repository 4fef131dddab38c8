import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { overflowHistory, storeContract, widgets, widgetSchema } from '@openfunction/store/contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sqliteStore } from './sqlite-store.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ofn-store-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('sqliteStore', () => {
  storeContract(async () => {
    const store = sqliteStore({ path: join(dir, 'state.db'), historyLimit: 50, schemaOf: () => widgetSchema });
    return { store, close: () => store.close(), forget: (subject) => overflowHistory(subject, 200) };
  });

  it('goes on after a restart where it was', async () => {
    const path = join(dir, 'state.db');
    const first = sqliteStore({ path });
    const object = { apiVersion: 'contract.openfunction.io/v1', kind: 'Widget', metadata: { name: 'a', namespace: 'default' }, spec: {} };
    const made = await first.create(widgets, object);
    first.close();
    const second = sqliteStore({ path });
    expect(await second.get(widgets, { namespace: 'default', name: 'a' })).toEqual(made);
    const next = await second.update(widgets, { ...made, spec: { size: 2 } });
    expect(Number(next.metadata.resourceVersion)).toBeGreaterThan(Number(made.metadata.resourceVersion));
    second.close();
  });

  it('has every acknowledged write after its process was killed', async () => {
    const path = join(dir, 'state.db');
    const writer = spawn(process.execPath, ['--conditions=@openfunction/source', join(import.meta.dirname, 'testing/writer.ts'), path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exit = once(writer, 'exit');
    const acknowledged: string[] = [];
    for await (const name of createInterface({ input: writer.stdout })) {
      acknowledged.push(name);
      if (acknowledged.length === 100) writer.kill('SIGKILL');
    }
    await exit;
    const store = sqliteStore({ path });
    const present = new Set((await store.list(widgets)).items.map((item) => item.metadata.name));
    expect(acknowledged.length).toBeGreaterThanOrEqual(100);
    expect(acknowledged.filter((name) => !present.has(name))).toEqual([]);
    store.close();
  });
});
