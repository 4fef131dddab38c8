import type { ChildProcess } from 'node:child_process';
import { setTimeout as setTimer } from 'node:timers/promises';
import type { Workload } from '@openfunction/workload';
import type { InstanceRecord, RecordFolder } from '../processes/instance-record.ts';
import { spawnInstance } from '../processes/launch.ts';
import { StartError, type Containers } from './containers.ts';

export interface ContainerStartsOptions {
  containers: Containers;
  folder: RecordFolder;
  /** It is to start still. */
  isWanted: (record: InstanceRecord) => boolean;
  onStart: (record: InstanceRecord, child: ChildProcess) => void;
  onChange: (record: InstanceRecord) => void;
}

export interface ContainerStarts {
  start(record: InstanceRecord, workload: Workload): Promise<void>;
  /** There is no process of it yet. */
  isPreparing(id: string): boolean;
}

const firstMs = 1000;
const longestMs = 60_000;
const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Starts containers, which takes a while: the image is brought first, as often as it takes. */
export function containerStarts(options: ContainerStartsOptions): ContainerStarts {
  const { containers, folder, isWanted } = options;
  const preparing = new Set<string>();

  async function prepare(record: InstanceRecord, workload: Workload): Promise<void> {
    for (let failures = 0; isWanted(record); failures += 1) {
      try {
        const { command, args } = await containers.prepare(record, workload);
        if (!isWanted(record)) return;
        delete record.trouble;
        return options.onStart(record, spawnInstance(record, folder, { command, args, env: { PATH: path } }));
      } catch (error) {
        record.trouble = StartError.from(error).trouble;
        if (isWanted(record)) options.onChange(record);
        await setTimer(Math.min(longestMs, firstMs * 2 ** failures), undefined, { ref: false });
      }
    }
  }

  return {
    isPreparing: (id) => preparing.has(id),
    start: async (record, workload) => {
      preparing.add(record.id);
      try {
        await prepare(record, workload);
      } finally {
        preparing.delete(record.id);
        // What was made after it was dropped goes too.
        if (!isWanted(record)) folder.removal.take(record.id);
      }
    },
  };
}
