import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Clock } from '@openfunction/reconcile';
import { ComponentError } from '../component-error.ts';
import { componentType, type ComponentType } from '../component-type.ts';
import { needed, withDefault, withoutEffect } from '../metadata/fields.ts';
import { duration, flag, nonEmpty, text } from '../metadata/parsers.ts';
import { etagMismatch, mayWrite } from './conditions.ts';
import type { StateEntry, StateOperation, StateStore } from './state-store.ts';

/** `state.sqlite`: a file on this machine, flushed before a write is answered. */
export const sqliteState: ComponentType<'state'> = componentType({
  block: 'state',
  fields: {
    connectionString: needed(nonEmpty, 'url'),
    tableName: withDefault(nonEmpty, 'state'),
    busyTimeout: withDefault(duration('ms'), 2_000),
    cleanupInterval: withDefault(duration('s'), 3_600_000, 'cleanupIntervalInSeconds'),
    disableWAL: withDefault(flag, false),
    metadataTableName: withoutEffect(text),
    timeout: withoutEffect(duration('s'), 'timeoutInSeconds'),
  },
  open: (settings, { clock, name }) => sqliteStore({ ...settings, clock, name }),
});

interface StoreOptions {
  connectionString: string;
  tableName: string;
  busyTimeout: number;
  cleanupInterval: number;
  disableWAL: boolean;
  clock: Clock;
  name: string;
}

interface Row {
  value: Uint8Array;
  etag: number;
}

function sqliteStore({ connectionString, tableName, busyTimeout, cleanupInterval, disableWAL, clock, name }: StoreOptions): StateStore {
  if (!/^[A-Za-z_]\w{0,62}$/.test(tableName))
    throw new ComponentError(
      'ComponentInvalid',
      `Component "${name}" cannot be opened: tableName must be letters, digits and "_". Correct it.`,
    );
  const database = openDatabase(connectionString, name);
  database.exec(
    `PRAGMA busy_timeout = ${Math.round(busyTimeout)}; PRAGMA journal_mode = ${disableWAL ? 'DELETE' : 'WAL'}; PRAGMA synchronous = FULL;`,
  );
  database.exec(`CREATE TABLE IF NOT EXISTS ${tableName} (key TEXT PRIMARY KEY, value BLOB NOT NULL, etag INTEGER NOT NULL, expires_at INTEGER) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS ${tableName}_expires_at ON ${tableName} (expires_at) WHERE expires_at IS NOT NULL;
    CREATE TABLE IF NOT EXISTS ${tableName}_etag (last INTEGER NOT NULL);
    INSERT INTO ${tableName}_etag SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM ${tableName}_etag);`);
  const statements = prepare(database, tableName);
  const present = (key: string): Row | undefined => statements.read.get(key, clock.now()) as Row | undefined;
  const apply = (operation: StateOperation): void => {
    if (!mayWrite(operation, present(operation.key)?.etag.toString())) throw etagMismatch(operation);
    if (operation.kind === 'delete') return void statements.remove.run(operation.key);
    const expiresAt = operation.ttlSeconds === undefined ? null : Math.round(clock.now() + operation.ttlSeconds * 1000);
    const { last } = statements.nextEtag.get() as { last: number };
    statements.write.run(operation.key, operation.value, last, expiresAt);
  };
  const stopSweeping = everySoOften(clock, cleanupInterval, () => statements.sweep.run(clock.now()));
  return {
    features: new Set(['ETAG', 'TRANSACTIONAL', 'TTL'] as const),
    read: async (keys) => keys.map((key) => entryOf(present(key))),
    // One transaction, so that the writes share a flush; a refused one has changed nothing.
    write: async (operations) => atomically(database, () => operations.map((operation) => failure(() => apply(operation)))),
    transact: async (operations) => atomically(database, () => operations.forEach(apply)),
    ping: async () => database.exec('SELECT 1'),
    close: async () => {
      stopSweeping();
      if (database.isOpen) database.close();
    },
  };
}

function openDatabase(connectionString: string, name: string): DatabaseSync {
  const file = connectionString.replace(/^file:(?:\/\/)?/, '');
  if (file.includes('?'))
    throw new ComponentError(
      'ComponentInvalid',
      `Component "${name}" cannot be opened: its connectionString has options after "?", which are not taken. Leave the path alone.`,
    );
  try {
    return new DatabaseSync(file);
  } catch (error) {
    const text = `Component "${name}" cannot be opened: SQLite refuses its file (${error instanceof Error ? error.message : String(error)}). Does the folder exist, and may it be written?`;
    throw new ComponentError('ComponentUnavailable', text, { cause: error });
  }
}

function prepare(database: DatabaseSync, table: string): Record<'read' | 'write' | 'remove' | 'nextEtag' | 'sweep', StatementSync> {
  return {
    read: database.prepare(`SELECT value, etag FROM ${table} WHERE key = ? AND (expires_at IS NULL OR expires_at > ?)`),
    write: database.prepare(`INSERT OR REPLACE INTO ${table} (key, value, etag, expires_at) VALUES (?, ?, ?, ?)`),
    remove: database.prepare(`DELETE FROM ${table} WHERE key = ?`),
    // Counted across deletes, so that a key that comes back never has an etag that it had before.
    nextEtag: database.prepare(`UPDATE ${table}_etag SET last = last + 1 RETURNING last`),
    sweep: database.prepare(`DELETE FROM ${table} WHERE expires_at <= ?`),
  };
}

function entryOf(row: Row | undefined): StateEntry | undefined {
  return row === undefined ? undefined : { value: row.value, etag: String(row.etag) };
}

function failure(action: () => void): Error | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof ComponentError) return error;
    throw error;
  }
}

function atomically<T>(database: DatabaseSync, action: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = action();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    if (error instanceof ComponentError) throw error;
    const text = `State was not written: SQLite refuses (${error instanceof Error ? error.message : String(error)}). Is the disk full, or another process writing?`;
    throw new ComponentError('ComponentUnavailable', text, { cause: error });
  }
}

function everySoOften(clock: Clock, everyMs: number, action: () => void): () => void {
  if (everyMs <= 0) return () => {};
  let cancel = clock.setTimeout(function again() {
    action();
    cancel = clock.setTimeout(again, everyMs);
  }, everyMs);
  return () => cancel();
}
