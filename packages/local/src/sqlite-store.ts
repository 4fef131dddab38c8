import { objectStore, type ObjectStoreOptions, type Store } from '@openfunction/store';
import { commitQueue } from './commit-queue.ts';
import { sqliteTable } from './sqlite-table.ts';

export interface SqliteStoreOptions extends Pick<ObjectStoreOptions, 'clock' | 'schemaOf' | 'admission'> {
  /** The database file; its folder exists. `:memory:` keeps nothing. */
  path: string;
  /** How many changes of each kind a watch can go on from; default 2,000. */
  historyLimit?: number;
}

/** Desired state in one SQLite file: every acknowledged write is on the disk. One process at a time. */
export function sqliteStore(options: SqliteStoreOptions): Store & { close(): void } {
  const { path, historyLimit = 2000, ...rest } = options;
  const table = sqliteTable({ path, historyLimit });
  const queue = commitQueue(table);
  const store = objectStore(table, { ...rest, transact: queue.transact });
  return {
    ...store,
    close: () => {
      queue.flush();
      table.close();
    },
  };
}
