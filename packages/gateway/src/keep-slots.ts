import type { Activator, Dial } from './activator.ts';
import type { Slots } from './slots.ts';

export interface KeepSlotsOptions {
  slots: Slots;
  activator: Activator;
  /** Ends waits and grants that are over; called a few times a second. */
  sweep(): void;
  onDial(message: Dial): void;
  /** 0: `sweep` is not called. */
  sweepMs: number;
  /** 0: no load is reported. */
  reportMs: number;
}

export interface KeptSlots {
  /** Takes no grants and reports nothing any more. */
  close(): Promise<void>;
}

/** Keeps slots in step with whoever decides how many instances there are: grants come in, load goes out. */
export function keepSlots({ slots, activator, sweep, onDial, sweepMs, reportMs }: KeepSlotsOptions): KeptSlots {
  const stop = new AbortController();
  const report = (): void => {
    const loads = slots.takeLoads();
    if (loads.length > 0) activator.report(loads);
  };
  slots.onReturn = onceATurn(report);
  const timers = [every(sweepMs, sweep), every(reportMs, report)];
  const following = follow();

  async function follow(): Promise<void> {
    try {
      for await (const message of activator.grants(stop.signal, () => slots.held())) {
        if (message.kind === 'dial') onDial(message);
        else slots.apply(message);
      }
    } catch (error) {
      if (!stop.signal.aborted) throw error;
    }
  }

  return {
    close: async () => {
      for (const timer of timers) clearInterval(timer);
      stop.abort();
      await following;
    },
  };
}

function onceATurn(run: () => void): () => void {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    queueMicrotask(() => {
      isDue = false;
      run();
    });
  };
}

function every(ms: number, run: () => void): NodeJS.Timeout | undefined {
  return ms > 0 ? setInterval(run, ms).unref() : undefined;
}
