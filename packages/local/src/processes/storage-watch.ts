import { bytesBelow } from './disk-usage.ts';
import type { InstanceRecord } from './instance-record.ts';

/** Looks at the boxes of instances, each so seldom that looking takes a twentieth of the time at most. */
export interface StorageWatch {
  /** Calls `exceeded` when the box holds more than its limit. Cheap to call often: most calls only note that it is too early. */
  look(record: Pick<InstanceRecord, 'box' | 'storageBytes'>, exceeded: () => void): void;
  forget(record: Pick<InstanceRecord, 'box'>): void;
}

export function storageWatch(now: () => number): StorageWatch {
  const nextAt = new Map<string, number>();
  const looking = new Set<string>();
  return {
    look: ({ box: dir, storageBytes: limit }, exceeded) => {
      if (limit === undefined || looking.has(dir) || now() < (nextAt.get(dir) ?? 0)) return;
      looking.add(dir);
      const startedAt = now();
      void bytesBelow(dir, limit)
        .then((bytes) => {
          if (bytes > limit) exceeded();
        })
        .finally(() => {
          looking.delete(dir);
          nextAt.set(dir, now() + 20 * (now() - startedAt));
        });
    },
    forget: ({ box }) => void nextAt.delete(box),
  };
}
