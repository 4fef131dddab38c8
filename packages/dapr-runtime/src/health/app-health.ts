import { pause, type Clock } from '@openfunction/reconcile';
import { afterProbe, unproven, type ProbeState } from './probe-state.ts';

/** How the health of an app is asked for. */
export interface AppHealthCheck {
  /** Over HTTP. */
  path: string;
  /** Between the beginnings of two probes. */
  intervalMs: number;
  timeoutMs: number;
  /** Failures in a row after which the app is not healthy. */
  threshold: number;
}

export interface AppHealth {
  isHealthy(): boolean;
  /** Resolves when the app is, or is not, healthy; or when the signal aborts. */
  until(isHealthy: boolean, signal: AbortSignal): Promise<void>;
}

export interface AppHealthOptions extends Omit<AppHealthCheck, 'path'> {
  /** Rejects, or tells false, when the app is not well. */
  probe(signal: AbortSignal): Promise<boolean>;
  clock: Clock;
  /** Ends the probes. */
  ending: AbortSignal;
  onChange(isHealthy: boolean): void;
}

/** Probes an app from now on. */
export function watchAppHealth(options: AppHealthOptions): AppHealth {
  const { clock, ending, intervalMs, threshold, onChange } = options;
  let state: ProbeState = unproven;
  const waiting = new Set<{ for: boolean; wake(): void }>();

  function settle(isSuccess: boolean): void {
    if (ending.aborted) return;
    const before = state;
    state = afterProbe(state, isSuccess, threshold);
    if (state.isHealthy === before.isHealthy) return;
    onChange(state.isHealthy);
    for (const waiter of waiting) if (waiter.for === state.isHealthy) waiter.wake();
  }

  async function probeOn(): Promise<void> {
    while (!ending.aborted) {
      const due = pause(clock, intervalMs, ending);
      settle(await succeeds(options));
      await due;
    }
  }

  void probeOn();
  return {
    isHealthy: () => state.isHealthy,
    until: (isHealthy, signal) => {
      if (state.isHealthy === isHealthy || signal.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const waiter = { for: isHealthy, wake: () => (waiting.delete(waiter), resolve()) };
        waiting.add(waiter);
        signal.addEventListener('abort', waiter.wake, { once: true });
      });
    },
  };
}

async function succeeds({ probe, clock, timeoutMs, ending }: AppHealthOptions): Promise<boolean> {
  const late = new AbortController();
  const over = pause(clock, timeoutMs, AbortSignal.any([late.signal, ending])).then(() => (late.abort(), false));
  try {
    return await Promise.race([probe(late.signal), over]);
  } catch {
    return false;
  } finally {
    late.abort();
  }
}
