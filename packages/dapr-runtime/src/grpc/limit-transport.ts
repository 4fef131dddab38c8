import type { Transport } from '@openfunction/protocol';

/** The same transport with at most so many calls at once; the others wait in their order. */
export function limitTransport(transport: Transport, most: number): Transport {
  const waiting: (() => void)[] = [];
  let running = 0;
  return {
    call: async function* (...call) {
      if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
      else running++;
      try {
        yield* transport.call(...call);
      } finally {
        // Handed on, so that nobody comes in between.
        const next = waiting.shift();
        if (next === undefined) running--;
        else next();
      }
    },
    close: () => transport.close(),
  };
}
