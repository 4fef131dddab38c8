import type { Socket } from 'node:net';
import type { Endpoint } from '@openfunction/workload';
import { connectInstance } from './connect-instance.ts';

/** A connection to a Fresh instance that is open before its load comes: connecting costs a cold start half a millisecond at both ends. */
export interface InstanceLine {
  /** The connection, once; undefined when there is none now. */
  take(): Socket | undefined;
  close(): void;
}

/** An instance ends connections that say nothing for a minute; one that ends them at once is not asked all the time. */
const redialMs = 5000;

/** Opens a line, and opens it again when the instance ends it. */
export function instanceLine(endpoint: Endpoint, after: (ms: number, run: () => void) => () => void): InstanceLine {
  let socket: Socket | undefined;
  let isClosed = false;
  let cancel = (): void => undefined;

  function dial(): void {
    if (isClosed) return;
    const dialled = connectInstance(endpoint).unref().resume();
    socket = dialled;
    // Why it ended is of no interest: the load then makes a connection of its own.
    dialled.on('error', () => undefined);
    dialled.once('close', () => {
      if (socket !== dialled) return;
      socket = undefined;
      cancel = after(redialMs, dial);
    });
  }
  function close(): void {
    isClosed = true;
    cancel();
  }

  dial();
  return {
    take: () => {
      close();
      const taken = socket;
      socket = undefined;
      if (taken === undefined || !taken.writable) return void taken?.destroy();
      return taken.removeAllListeners('error').ref();
    },
    close: () => {
      close();
      const open = socket;
      socket = undefined;
      open?.destroy();
    },
  };
}
