import type { Activator, Endpoint } from './activator.ts';
import { keepSlots } from './keep-slots.ts';
import { Slots, type Outcome, type SlotInstance, type SlotLimits } from './slots.ts';
import { steadyNow } from './steady-now.ts';

export interface InstanceSlotsOptions {
  activator: Activator;
  limits?: Partial<SlotLimits>;
  /** Milliseconds since the epoch, not going back. */
  now?: () => number;
  /** How often grants and waits are looked at, and load is reported. Default 250. */
  everyMs?: number;
}

/** Instances for those who speak with them by a protocol of their own, by the same slots as a gateway has. */
export interface InstanceSlots {
  /**
   * Uses an instance while a slot of it is held; starts one where none runs. Rejects when there is none in time, when the signal
   * aborts before, and as `use` does, which counts as a failure of the instance.
   */
  withInstance<T>(serving: string, signal: AbortSignal, use: (endpoint: Endpoint) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const defaultLimits: SlotLimits = {
  waiting: 10_000,
  waitingPerServing: 1_000,
  coldWaitMs: 60_000,
  schedulerAbsenceMs: 600_000,
  reconcileMs: 15_000,
};

export function instanceSlots({ activator, limits, now = steadyNow, everyMs = 250 }: InstanceSlotsOptions): InstanceSlots {
  const demand: Activator['demand'] = (serving, waiting) => activator.demand(serving, waiting);
  const slots = new Slots({ demand, limits: { ...defaultLimits, ...limits }, now });
  const kept = keepSlots({
    slots,
    activator,
    sweep: () => slots.sweep(),
    // Whoever uses an instance connects to it by a way of their own.
    onDial: () => undefined,
    sweepMs: everyMs,
    reportMs: everyMs,
  });

  function borrow(serving: string, signal: AbortSignal): Promise<SlotInstance> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const cancel = (): void => {
        slots.cancel(serving, waiter);
        reject(signal.reason as Error);
      };
      const waiter = {
        onSlot: (instance: SlotInstance) => {
          signal.removeEventListener('abort', cancel);
          resolve(instance);
        },
        onNoSlot: ({ code, message }: { code: string; message: string }) => {
          signal.removeEventListener('abort', cancel);
          reject(new Error(`${message} (${code})`));
        },
      };
      signal.addEventListener('abort', cancel, { once: true });
      slots.borrow(serving, waiter, now());
    });
  }

  return {
    withInstance: async (serving, signal, use) => {
      const instance = await borrow(serving, signal);
      let outcome: Outcome = 'failed';
      try {
        const answer = await use(instance.endpoint);
        outcome = 'well';
        return answer;
      } finally {
        slots.release(instance, outcome, now());
      }
    },
    close: () => kept.close(),
  };
}
