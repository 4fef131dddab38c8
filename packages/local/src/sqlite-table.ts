import type { StatementSync } from 'node:sqlite';
import { keyOf, type KubeObject } from '@openfunction/resources';
import { StoreError, type Change, type ObjectTable } from '@openfunction/store';
import { openDatabase } from './open-database.ts';

const scanPage = 200;

function jsonOf(row: Record<string, unknown>): unknown {
  return JSON.parse(String(row['json']));
}

/** Rows and history in one SQLite file. */
export function sqliteTable(options: { path: string; historyLimit: number }): ObjectTable & { close(): void } {
  const db = openDatabase(options.path);
  const statements = new Map<string, StatementSync>();
  const sql = (text: string): StatementSync => {
    const known = statements.get(text) ?? db.prepare(text);
    statements.set(text, known);
    return known;
  };
  const storedRevision = (): number => Number(sql('SELECT value FROM revision').get()?.['value']);
  // Nobody else writes this file, and a write asks five times.
  let revision = storedRevision();
  // Trimming in steps keeps its cost out of most writes; at least `historyLimit` entries stay.
  const slack = Math.max(1, Math.floor(options.historyLimit / 10));
  const sinceTrim = new Map<string, number>();

  function trim(kind: string): void {
    const count = (sinceTrim.get(kind) ?? slack) + 1;
    sinceTrim.set(kind, count >= slack ? 0 : count);
    if (count < slack) return;
    const last = sql('SELECT revision FROM history WHERE kind = ? ORDER BY revision DESC LIMIT 1 OFFSET ?').get(kind, options.historyLimit);
    if (last === undefined) return;
    const oldest = Number(last['revision']);
    sql('DELETE FROM history WHERE kind = ? AND revision <= ?').run(kind, oldest);
    sql('INSERT INTO forgotten VALUES (?, ?) ON CONFLICT (kind) DO UPDATE SET revision = excluded.revision').run(kind, oldest);
  }

  function store(kind: string, object: KubeObject, json: string | undefined): void {
    const { namespace, name } = keyOf(object);
    sql('DELETE FROM owners WHERE kind = ? AND namespace = ? AND name = ?').run(kind, namespace, name);
    if (json === undefined) {
      sql('DELETE FROM objects WHERE kind = ? AND namespace = ? AND name = ?').run(kind, namespace, name);
      return;
    }
    sql('INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?)').run(kind, namespace, name, json);
    for (const owner of object.metadata.ownerReferences ?? [])
      sql('INSERT OR IGNORE INTO owners VALUES (?, ?, ?, ?)').run(owner.uid, kind, namespace, name);
  }

  function* scan(kind: string, { namespace, after }: Parameters<ObjectTable['scan']>[1]): Iterable<KubeObject> {
    let last = after ?? { namespace: '', name: '' };
    for (;;) {
      const rows = sql(
        'SELECT json FROM objects WHERE kind = ? AND (namespace, name) > (?, ?) AND (? IS NULL OR namespace = ?) ORDER BY namespace, name LIMIT ?',
      ).all(kind, last.namespace, last.name, namespace ?? null, namespace ?? null, scanPage);
      for (const row of rows) {
        const object = jsonOf(row) as KubeObject;
        last = keyOf(object);
        yield object;
      }
      if (rows.length < scanPage) return;
    }
  }

  return {
    revision: () => revision,
    read: (kind, key) => {
      const row = sql('SELECT json FROM objects WHERE kind = ? AND namespace = ? AND name = ?').get(kind, key.namespace, key.name);
      return row === undefined ? undefined : (jsonOf(row) as KubeObject);
    },
    scan,
    ownedBy: (uid) =>
      sql('SELECT kind, json FROM owners JOIN objects USING (kind, namespace, name) WHERE uid = ?')
        .all(uid)
        .map((row) => ({ kind: String(row['kind']), object: jsonOf(row) as KubeObject })),
    wasDeleted: (uid) => sql('SELECT 1 FROM history WHERE deleted_uid = ? LIMIT 1').get(uid) !== undefined,
    changesAfter: (kind, revision, limit) =>
      sql('SELECT json FROM history WHERE kind = ? AND revision > ? ORDER BY revision LIMIT ?')
        .all(kind, revision, limit)
        .map((row) => jsonOf(row) as Change),
    forgottenUpTo: (kind) => Number(sql('SELECT revision FROM forgotten WHERE kind = ?').get(kind)?.['revision'] ?? 0),
    transaction: (run) => {
      try {
        db.exec('BEGIN IMMEDIATE');
        const result = run();
        db.exec('COMMIT');
        return result;
      } catch (error) {
        if (db.isOpen && db.isTransaction) db.exec('ROLLBACK');
        if (db.isOpen) revision = storedRevision();
        if (error instanceof StoreError) throw error;
        throw new StoreError('Unavailable', `Nothing was written to ${options.path}: ${String(error)}. Check the disk and try again.`, {
          cause: error,
        });
      }
    },
    write: (change) => {
      const next = revision + 1;
      sql('UPDATE revision SET value = ?').run(next);
      const { object: given, ...rest } = change;
      const object = { ...given, metadata: { ...given.metadata, resourceVersion: String(next) } };
      const json = JSON.stringify(object);
      const deleted = change.type === 'DELETED';
      store(change.kind, object, deleted ? undefined : json);
      const uid = deleted ? (object.metadata.uid ?? null) : null;
      // The object as text twice, and made once.
      const said = `{"object":${json},${JSON.stringify({ ...rest, revision: next }).slice(1)}`;
      sql('INSERT INTO history VALUES (?, ?, ?, ?)').run(next, change.kind, uid, said);
      revision = next;
      trim(change.kind);
      return { ...change, object, revision: next };
    },
    close: () => db.close(),
  };
}
