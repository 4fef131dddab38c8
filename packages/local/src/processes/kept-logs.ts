import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InstanceId } from '@openfunction/workload';
import type { Stream } from './instance-log.ts';
import { streams } from './instance-log.ts';
import type { InstanceRecord, RecordFolder } from './instance-record.ts';
import { readPart } from './read-part.ts';

export interface KeptRecord {
  id: InstanceId;
  namespace: string;
  ownerUid: string;
  createdAt: number;
  endedAt: number;
}

/** What instances of functions wrote that are no more: the last of it, of the newest ones, for a while. */
export interface KeptLogs {
  /** Before the folder of the instance goes. Never throws: it must stop nobody from ending. */
  keep(record: InstanceRecord): void;
  find(id: InstanceId): KeptRecord | undefined;
  /** The newest that this owner had. */
  newestOf(ownerUid: string): KeptRecord | undefined;
  pathOf(id: InstanceId, stream: Stream): string;
}

const maxBytes = 256 * 1024;
const maxLogs = 100;
const maxAgeMs = 24 * 3_600_000;

export function keptLogs(dir: string, folder: Pick<RecordFolder, 'pathOf'>, now: () => number): KeptLogs {
  const root = join(dir, 'ended');
  const pathOf = (id: InstanceId, file: string): string => join(root, id, file);

  function read(id: string): KeptRecord | undefined {
    try {
      return JSON.parse(readFileSync(pathOf(id, 'record.json'), 'utf8')) as KeptRecord;
    } catch {
      return undefined;
    }
  }
  /** Newest first. */
  function all(): KeptRecord[] {
    if (!existsSync(root)) return [];
    return readdirSync(root)
      .flatMap((id) => read(id) ?? [])
      .toSorted((left, right) => right.endedAt - left.endedAt);
  }
  function forget(): void {
    const kept = new Set(
      all()
        .slice(0, maxLogs)
        .filter(({ endedAt }) => now() - endedAt < maxAgeMs)
        .map(({ id }) => id),
    );
    for (const id of readdirSync(root)) if (!kept.has(id)) rmSync(join(root, id), { recursive: true, force: true });
  }

  return {
    keep(record) {
      const { id, workload, owner, createdAt } = record;
      if (owner === undefined || record.run !== 'serve') return;
      try {
        mkdirSync(join(root, id), { recursive: true, mode: 0o700 });
        for (const stream of streams) {
          const path = folder.pathOf(id, stream);
          const isShort = (statSync(path, { throwIfNoEntry: false })?.size ?? 0) < maxBytes;
          const older = isShort ? readPart(`${path}.1`, { maxBytes }).bytes : Buffer.alloc(0);
          const whole = Buffer.concat([older, readPart(path, { maxBytes }).bytes]);
          writeFileSync(pathOf(id, stream), whole.subarray(-maxBytes), { mode: 0o600 });
        }
        const kept: KeptRecord = { id, namespace: workload.namespace, ownerUid: owner.uid, createdAt, endedAt: now() };
        writeFileSync(pathOf(id, 'record.json'), JSON.stringify(kept), { mode: 0o600 });
        forget();
      } catch {
        // As on a full disk.
      }
    },
    find: (id) => (/^[0-9a-f]{1,64}$/.test(id) ? read(id) : undefined),
    newestOf: (ownerUid) => all().find((one) => one.ownerUid === ownerUid),
    pathOf,
  };
}
