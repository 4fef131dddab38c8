import { keyText } from '@openfunction/resources';
import type { Clock } from '@openfunction/reconcile';
import type { Instance, Workloads } from '@openfunction/workload';
import { BuildError } from './build-error.ts';
import { abortion, type BuildRun } from './build-run.ts';
import { ownerOf, workloadKey } from './build-workload.ts';

const resyncMs = 10_000;

/** Waits until the instance of a build is over, copying its log on the way; throws when the build is cancelled or its instance vanishes. */
export async function awaitInstance(workloads: Workloads, clock: Clock, run: BuildRun): Promise<Instance> {
  const { signal } = run.cancelled;
  const key = keyText(workloadKey(run.request));
  const watching = new AbortController();
  const hints = workloads.watch(AbortSignal.any([signal, watching.signal]))[Symbol.asyncIterator]();
  const stop = abortion(signal);
  let logged: Promise<void> | undefined;
  let hint = hints.next();
  let hindrance = '';
  try {
    for (;;) {
      const instance = (await workloads.list(ownerOf(run.request))).find((each) => keyText(each.workload) === key);
      if (instance !== undefined) {
        if (hindrance !== '') run.tell({ state: 'Building' });
        hindrance = '';
        run.startedAt = Math.min(run.startedAt, instance.createdAt || run.startedAt);
        logged ??= run.log.take(workloads.logs(instance.id, { follow: true, signal }));
      } else if (logged !== undefined && !signal.aborted) {
        throw new BuildError('BuildFailed', 'The instance of the build was removed while it ran. Build again.');
      }
      if (instance?.finished !== undefined || instance?.phase === 'Failed') {
        await Promise.race([logged, stop]);
        return instance;
      }
      const pause = paused(clock);
      // A hint is only that: the list is looked at now and then without one.
      const hinted = await Promise.race([hint, stop, pause.over]);
      pause.cancel();
      signal.throwIfAborted();
      if (hinted === 'resync') {
        if (instance !== undefined) continue;
        const trouble = await workloads.hindrance?.(workloadKey(run.request));
        if (trouble === undefined || trouble.message === hindrance) continue;
        hindrance = trouble.message;
        run.tell({ state: 'Building', reason: trouble.code, message: trouble.message });
        continue;
      }
      hint = hinted?.done === true ? new Promise<never>(() => undefined) : hints.next();
    }
  } finally {
    watching.abort();
    void hints.return?.();
  }
}

function paused(clock: Clock): { over: Promise<'resync'>; cancel: () => void } {
  const { promise, resolve } = Promise.withResolvers<'resync'>();
  return { over: promise, cancel: clock.setTimeout(() => resolve('resync'), resyncMs) };
}
