import { existsSync, watch } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as setTimer } from 'node:timers/promises';
import { askHealth } from './ask-health.ts';
import type { InstanceRecord } from './instance-record.ts';

export interface Readiness {
  /** Asks as soon as the instance's socket appears. */
  follow(record: InstanceRecord): void;
  check(record: InstanceRecord): Promise<void>;
}

/** Finds out when a runner that starts can be used. */
export function readiness(options: {
  isStarting: (record: InstanceRecord) => boolean;
  onReady: (record: InstanceRecord) => void;
}): Readiness {
  const { isStarting, onReady } = options;
  const socketOf = ({ box }: InstanceRecord): string => join(box, 'run/control.sock');

  async function check(record: InstanceRecord): Promise<void> {
    if ((await askHealth(socketOf(record))) && isStarting(record)) onReady(record);
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
