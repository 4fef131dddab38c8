import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { widgets } from '@openfunction/store/contract';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { migrations } from './migrations.ts';
import { openDatabase } from './open-database.ts';
import { sqliteStore } from './sqlite-store.ts';
import { writeFormat1 } from './testing/format-1.ts';

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ofn-db-'));
  path = join(dir, 'state.sqlite');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const widget = (name: string) => ({
  apiVersion: 'contract.openfunction.io/v1',
  kind: 'Widget',
  metadata: { name, namespace: 'default', uid: name, generation: 1, creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { size: 1 },
});
const kind = `${widgets.group}/${widgets.plural}`;
const formatOf = (file: string): unknown => {
  const db = new DatabaseSync(file, { readOnly: true });
  const found = db.prepare('PRAGMA user_version').get()?.['user_version'];
  db.close();
  return found;
};
const schemaOf = (db: DatabaseSync): unknown[] => db.prepare('SELECT type, name, tbl_name FROM sqlite_schema ORDER BY name').all();

it('goes on with the data of the version before, and keeps a copy of it', async () => {
  writeFormat1(
    path,
    [widget('a'), widget('b')].map((object) => ({ kind, object })),
  );
  const store = sqliteStore({ path });
  expect((await store.list(widgets)).items.map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
  const made = await store.create(widgets, { ...widget('c'), metadata: { name: 'c', namespace: 'default' } });
  expect(Number(made.metadata.resourceVersion)).toBeGreaterThan(3);
  const end = new AbortController();
  const seen: string[] = [];
  for await (const event of store.watch(widgets, { resourceVersion: '2', signal: end.signal })) {
    if (event.type !== 'BOOKMARK') seen.push(event.object.metadata.name);
    if (seen.length === 2) end.abort();
  }
  expect(seen).toEqual(['b', 'c']);
  store.close();
  expect(formatOf(path)).toBe(migrations.length);
  expect(formatOf(`${path}.format-1`)).toBe(1);
});

it('makes the same of every earlier format', () => {
  const fresh = openDatabase(':memory:');
  for (const format of migrations.keys()) {
    const earlier = join(dir, `from-${format}.sqlite`);
    const db = new DatabaseSync(earlier);
    for (const { sql } of migrations.slice(0, format)) db.exec(sql);
    db.exec(`PRAGMA user_version = ${format}`);
    db.close();
    const opened = openDatabase(earlier);
    expect(schemaOf(opened)).toEqual(schemaOf(fresh));
    opened.close();
    expect(formatOf(earlier)).toBe(migrations.length);
  }
  fresh.close();
});

it('begins again where a migration was cut off', () => {
  writeFormat1(path, [{ kind, object: widget('a') }]);
  writeFileSync(`${path}.format-1`, 'half a copy');
  openDatabase(path).close();
  expect(formatOf(`${path}.format-1`)).toBe(1);
});

it('makes no copy of what is new or present already', () => {
  openDatabase(path).close();
  openDatabase(path).close();
  expect(existsSync(`${path}.format-${migrations.length}`)).toBe(false);
});

it('refuses data of a later version, and leaves it as it is', () => {
  const db = new DatabaseSync(path);
  db.exec(`CREATE TABLE later (x); PRAGMA user_version = ${migrations.length + 1}`);
  db.close();
  const before = readFileSync(path);
  expect(() => sqliteStore({ path })).toThrow(
    `${path} was written by a later version of OpenFunction (format ${migrations.length + 1}, this version reads up to ${migrations.length})`,
  );
  expect(readFileSync(path).equals(before)).toBe(true);
});

it('says of a file that is no database what to do', () => {
  writeFileSync(path, 'no database at all, but long enough to be looked at as one');
  expect(() => sqliteStore({ path })).toThrow(/cannot be read: .*Put back a copy/);
});

it('leaves nothing of a deleted object in the file once its history is forgotten', async () => {
  const store = sqliteStore({ path, historyLimit: 10 });
  const secret = { ...widget('s'), spec: { colour: 'canary-51c9'.repeat(800) } };
  await store.create(widgets, { ...secret, metadata: { name: 's', namespace: 'default' } });
  await store.delete(widgets, { namespace: 'default', name: 's' });
  for (let turn = 0; turn < 40; turn += 1) {
    await store.create(widgets, { ...widget('x'), metadata: { name: `x${turn}`, namespace: 'default' } });
  }
  store.close();
  expect(readFileSync(path).includes('canary-51c9')).toBe(false);
});
