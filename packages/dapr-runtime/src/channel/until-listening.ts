import { connect, type NetConnectOpts } from 'node:net';
import { backOffMs, connectionBackOff } from '@openfunction/components';
import type { Clock } from '@openfunction/reconcile';

export interface Retrying {
  clock: Clock;
  random(): number;
}

/** Waits for a connection and nothing more: a request would run the user's code. */
export async function untilListening(target: NetConnectOpts, { signal, clock, random }: Retrying & { signal: AbortSignal }): Promise<void> {
  for (let failures = 1; !signal.aborted; failures++) {
    if (await listens(target)) return;
    await new Promise<void>((resolve) => {
      const cancel = clock.setTimeout(resolve, backOffMs({ ...connectionBackOff, maxMs: 500 }, failures, random()));
      signal.addEventListener('abort', () => (cancel(), resolve()), { once: true });
    });
  }
  signal.throwIfAborted();
}

function listens(target: NetConnectOpts): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(target);
    socket.once('connect', () => (socket.destroy(), resolve(true)));
    socket.once('error', () => resolve(false));
  });
}
