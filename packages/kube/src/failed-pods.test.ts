import type { Instance } from '@openfunction/workload';
import { expect, it } from 'vitest';
import { failedPods, type FailedPods } from './failed-pods.ts';
import type { Pod } from './instance-of-pod.ts';
import { manualClock } from './manual-clock.ts';

const workload = { namespace: 'n', name: 'pool' };

function world(): {
  clock: ReturnType<typeof manualClock>;
  ended: string[];
  pods: FailedPods;
  see(id: string, given: Partial<Instance>, restartPolicy?: string): void;
} {
  const clock = manualClock();
  const ended: string[] = [];
  const destroy = async ({ metadata: { uid = '' } }: Pod): Promise<void> => void ended.push(uid);
  const pods = failedPods({ clock, signal: new AbortController().signal, destroy });
  const see = (id: string, given: Partial<Instance>, restartPolicy = 'Always'): void =>
    pods.see(
      { id, workload, namespace: 'n', phase: 'Failed', createdAt: 0, ...given },
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: id, uid: id }, spec: { restartPolicy } },
    );
  return { clock, ended, pods, see };
}

it('destroys the first that failed at once, and the next ones ever later', async () => {
  const { clock, ended, pods, see } = world();
  pods.tend(workload);
  see('a', {});
  await clock.advance(0);
  expect(ended).toEqual(['a']);
  see('b', {});
  await clock.advance(1_000);
  expect(ended).toEqual(['a']);
  await clock.advance(1_000);
  expect(ended).toEqual(['a', 'b']);
});

it('forgets failures once an instance is ready', async () => {
  const { clock, ended, pods, see } = world();
  pods.tend(workload);
  see('a', {});
  see('b', { phase: 'Ready' });
  see('c', {});
  await clock.advance(0);
  expect(ended).toEqual(['a', 'c']);
});

it('leaves alone what others look after', async () => {
  const { clock, ended, pods, see } = world();
  see('of nobody', {});
  pods.tend(workload);
  see('adopted', { owner: { apiVersion: 'v1', kind: 'Serving', key: workload, uid: 'u' }, digest: `sha256:${'0'.repeat(64)}` });
  see('a task', { finished: { succeeded: false, reason: 'Error', message: '' } }, 'Never');
  pods.leave(workload);
  see('removed', {});
  await clock.advance(100_000);
  expect(ended).toEqual([]);
});
