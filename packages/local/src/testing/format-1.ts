import { DatabaseSync } from 'node:sqlite';
import type { KubeObject } from '@openfunction/resources';

/** A database as version 0.1 wrote it. Not made by the migrations of today: it is what they have to cope with. */
export function writeFormat1(path: string, objects: readonly { kind: string; object: KubeObject }[]): void {
  const db = new DatabaseSync(path);
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  db.exec(`
    BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS objects (kind TEXT, namespace TEXT, name TEXT, json TEXT NOT NULL, PRIMARY KEY (kind, namespace, name)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS owners (uid TEXT, kind TEXT, namespace TEXT, name TEXT, PRIMARY KEY (uid, kind, namespace, name)) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS owners_of ON owners (kind, namespace, name);
    CREATE TABLE IF NOT EXISTS history (revision INTEGER PRIMARY KEY, kind TEXT NOT NULL, deleted_uid TEXT, json TEXT NOT NULL);
    CREATE INDEX IF NOT EXISTS history_of ON history (kind, revision);
    CREATE INDEX IF NOT EXISTS history_deleted ON history (deleted_uid) WHERE deleted_uid IS NOT NULL;
    CREATE TABLE IF NOT EXISTS forgotten (kind TEXT PRIMARY KEY, revision INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS revision (one INTEGER PRIMARY KEY CHECK (one = 1), value INTEGER NOT NULL);
    INSERT OR IGNORE INTO revision VALUES (1, 1);
    PRAGMA user_version = 1;
    COMMIT;
  `);
  objects.forEach(({ kind, object }, index) => {
    const { namespace = '', name } = object.metadata;
    const revision = index + 2;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
    db.prepare('INSERT INTO objects VALUES (?, ?, ?, ?)').run(kind, namespace, name, JSON.stringify(stored));
    const change = { kind, type: 'ADDED', object: stored, revision };
    db.prepare('INSERT INTO history VALUES (?, ?, ?, ?)').run(revision, kind, null, JSON.stringify(change));
    db.prepare('UPDATE revision SET value = ?').run(revision);
  });
  db.close();
}
