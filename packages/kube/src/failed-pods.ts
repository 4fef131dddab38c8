import { keyText, type Key } from '@openfunction/resources';
import type { Instance } from '@openfunction/workload';
import type { Clock } from './clock.ts';
import type { Pod } from './instance-of-pod.ts';

const firstMs = 1_000;
const mostMs = 60_000;

export interface FailedPods {
  /** From now on pods of this Workload that failed are destroyed, so that its Deployment replaces them. */
  tend(workload: Key): void;
  leave(workload: Key): void;
  see(instance: Instance, pod: Pod): void;
}

/**
 * A Deployment keeps a pod whose container was restarted, but such an instance is never used again. It is destroyed: the first at
 * once, the next ones with ever longer pauses until one becomes ready, since what makes it fail may be in the image.
 */
export function failedPods(options: {
  clock: Clock;
  signal: AbortSignal;
  destroy: (pod: Pod) => Promise<void>;
  onError?: (error: unknown) => void;
}): FailedPods {
  const { clock, signal, destroy, onError } = options;
  const failures = new Map<string, number>();
  const seen = new Set<string>();

  async function end(pod: Pod, pauseMs: number): Promise<void> {
    try {
      await clock.sleep(pauseMs, signal);
      if (!signal.aborted) await destroy(pod);
    } catch (error) {
      onError?.(error);
    } finally {
      seen.delete(pod.metadata.uid ?? '');
    }
  }

  return {
    tend: (workload) => {
      const key = keyText(workload);
      failures.set(key, failures.get(key) ?? 0);
    },
    leave: (workload) => {
      failures.delete(keyText(workload));
    },
    see: ({ id, workload, phase, digest }, pod) => {
      const key = keyText(workload);
      const count = failures.get(key);
      // Whoever adopted an instance ends it too, and a task has its end.
      if (count === undefined || digest !== undefined || pod.spec.restartPolicy === 'Never') return;
      if (phase === 'Ready') failures.set(key, 0);
      if (phase !== 'Failed' || seen.has(id)) return;
      seen.add(id);
      failures.set(key, count + 1);
      void end(pod, count === 0 ? 0 : Math.min(mostMs, firstMs * 2 ** Math.min(count, 10)));
    },
  };
}
