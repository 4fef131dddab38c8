import { objectStore, type Store, type StoreClock } from '@openfunction/store';
import { sqliteTable } from './sqlite-table.ts';

export interface SqliteStoreOptions {
  /** The database file; its folder exists. `:memory:` keeps nothing. */
  path: string;
  clock?: StoreClock;
  /** How many changes of each kind a watch can go on from; default 2,000. */
  historyLimit?: number;
}

/** Desired state in one SQLite file: every acknowledged write is on the disk. One process at a time. */
export function sqliteStore(options: SqliteStoreOptions): Store & { close(): void } {
  const table = sqliteTable({ path: options.path, historyLimit: options.historyLimit ?? 2000 });
  return { ...objectStore(table, { clock: options.clock }), close: () => table.close() };
}
