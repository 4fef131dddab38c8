import { existsSync, watch } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as setTimer } from 'node:timers/promises';
import { askHealth } from './ask-health.ts';
import type { InstanceRecord } from './instance-record.ts';

export interface Readiness {
  /** Asks as soon as the instance's socket appears. */
  follow(record: InstanceRecord): void;
  check(record: InstanceRecord): Promise<void>;
  /** Asks again what was ready, where that can change; it is not any more when it fails three times in a row. */
  checkAgain(record: InstanceRecord): Promise<void>;
}

const mostFailures = 3;

/** Finds out when what starts can be used. */
export function readiness(options: {
  isStarting: (record: InstanceRecord) => boolean;
  isReady: (record: InstanceRecord) => boolean;
  onReady: (record: InstanceRecord) => void;
  onUnready: (record: InstanceRecord) => void;
}): Readiness {
  const { isStarting, isReady, onReady, onUnready } = options;
  const failures = new WeakMap<InstanceRecord, number>();
  const asked = new WeakSet<InstanceRecord>();
  const socketOf = ({ box }: InstanceRecord): string => join(box, 'run/control.sock');

  async function check(record: InstanceRecord): Promise<void> {
    if ((await askHealth(socketOf(record))) && isStarting(record)) onReady(record);
  }

  async function checkAgain(record: InstanceRecord): Promise<void> {
    if (record.hasReadiness !== true || asked.has(record)) return;
    asked.add(record);
    const count = (await askHealth(socketOf(record))) ? 0 : (failures.get(record) ?? 0) + 1;
    asked.delete(record);
    failures.set(record, count);
    if (count < mostFailures || !isReady(record)) return;
    failures.delete(record);
    onUnready(record);
  }

  /** Between the socket's appearance and its first answer lie milliseconds; after that the sweep asks. */
  async function askOften(record: InstanceRecord): Promise<void> {
    for (let attempt = 0; attempt < 10 && isStarting(record); attempt += 1) {
      await check(record);
      if (isStarting(record)) await setTimer(20, undefined, { ref: false });
    }
  }

  return {
    check,
    checkAgain,
    follow: (record) => {
      if (record.run !== 'serve' || record.phase !== 'Starting') return;
      const socket = socketOf(record);
      // The socket appears shortly before it answers; later changes are left to the sweep.
      const look = watch(join(record.box, 'run'), () => {
        if (!existsSync(socket)) return;
        look.close();
        void askOften(record);
      }).on('error', () => look.close());
      look.unref();
      if (existsSync(socket)) void askOften(record);
    },
  };
}
