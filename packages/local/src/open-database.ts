import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { StoreError } from '@openfunction/store';
import { migrations } from './migrations.ts';

/** Opens the file, and brings it to the present format. One of a later format is refused, and stays as it is. */
export function openDatabase(path: string): DatabaseSync {
  const db = new DatabaseSync(path);
  try {
    const found = formatOf(db);
    if (found > migrations.length) throw newer(path, found);
    // FULL: a write that was acknowledged is on the disk, also after a power cut.
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000; PRAGMA secure_delete = ON;');
    if (found > 0 && found < migrations.length) keepCopy(db, `${path}.format-${found}`);
    migrations.slice(found).forEach((migration, index) => migrate(db, migration, found + index + 1));
    return db;
  } catch (error) {
    db.close();
    if (error instanceof StoreError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new StoreError(
      'Unavailable',
      `The data in ${path} cannot be read: ${why}. Put back a copy of the file if you have one, or use another folder.`,
      { cause: error },
    );
  }
}

function formatOf(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
}

function newer(path: string, found: number): StoreError {
  const reads = `format ${found}, this version reads up to ${migrations.length}`;
  return new StoreError(
    'Unavailable',
    `The data in ${path} was written by a later version of OpenFunction (${reads}). Install that version again, or use another folder.`,
  );
}

/** For whoever goes back to the version before. */
function keepCopy(db: DatabaseSync, copy: string): void {
  rmSync(copy, { force: true });
  db.prepare('VACUUM INTO ?').run(copy);
}

function migrate(db: DatabaseSync, { sql, alone }: (typeof migrations)[number], format: number): void {
  const mark = `PRAGMA user_version = ${format};`;
  if (alone) db.exec(sql);
  db.exec(alone ? mark : `BEGIN IMMEDIATE; ${sql} ${mark} COMMIT;`);
}
