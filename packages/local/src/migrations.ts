/** One step from a format of the database to the next. Steps are never changed once they were released: data of every format exists. */
export interface Migration {
  sql: string;
  /** It cannot be part of a transaction; run twice, it does no harm. */
  alone?: true;
}

/** In order: the first makes format 1 of an empty file, the second format 2 of format 1, and so on. */
export const migrations: readonly Migration[] = [
  {
    sql: `
      CREATE TABLE objects (kind TEXT, namespace TEXT, name TEXT, json TEXT NOT NULL, PRIMARY KEY (kind, namespace, name)) WITHOUT ROWID;
      CREATE TABLE owners (uid TEXT, kind TEXT, namespace TEXT, name TEXT, PRIMARY KEY (uid, kind, namespace, name)) WITHOUT ROWID;
      CREATE INDEX owners_of ON owners (kind, namespace, name);
      CREATE TABLE history (revision INTEGER PRIMARY KEY, kind TEXT NOT NULL, deleted_uid TEXT, json TEXT NOT NULL);
      CREATE INDEX history_of ON history (kind, revision);
      CREATE INDEX history_deleted ON history (deleted_uid) WHERE deleted_uid IS NOT NULL;
      CREATE TABLE forgotten (kind TEXT PRIMARY KEY, revision INTEGER NOT NULL) WITHOUT ROWID;
      CREATE TABLE revision (one INTEGER PRIMARY KEY CHECK (one = 1), value INTEGER NOT NULL);
      INSERT INTO revision VALUES (1, 1);
    `,
  },
  // Format 1 left what was deleted, Secrets too, in pages that were free; now it is overwritten as it goes.
  { sql: 'VACUUM;', alone: true },
];
