import { expect, it } from 'vitest';
import { planInstances, type PresentInstance } from './plan-instances.ts';

function instance(id: string, given: Partial<PresentInstance> = {}): PresentInstance {
  return { id, phase: 'Ready', adopted: false, fingerprint: 'now', createdAt: 1, ...given };
}
const pool = (replicas: number): Parameters<typeof planInstances>[0] => ({ workload: { replicas, run: 'serve' }, fingerprint: 'now' });

it('starts what is missing and does not count the adopted', () => {
  expect(planInstances(pool(2), [instance('a', { adopted: true }), instance('b')])).toEqual({ spawn: 1, destroy: [] });
});

it('ends those that are not ready first when there are too many', () => {
  expect(planInstances(pool(1), [instance('a', { phase: 'Starting' }), instance('b', { createdAt: 2 })])).toEqual({
    spawn: 0,
    destroy: ['a'],
  });
});

it('ends those first that are to leave', () => {
  const leaving = { workload: { replicas: 1, run: 'serve' as const, leaving: ['a'] }, fingerprint: 'now' };
  expect(planInstances(leaving, [instance('a'), instance('b', { phase: 'Starting' })])).toEqual({ spawn: 0, destroy: ['a'] });
});

it('replaces what was made from another template, but nothing adopted', () => {
  const old = { fingerprint: 'before' };
  expect(planInstances(pool(1), [instance('a', old), instance('b', { ...old, adopted: true })])).toEqual({ spawn: 1, destroy: ['a'] });
});

it('replaces a failed instance and keeps the last one as evidence', () => {
  const failed = [instance('a', { phase: 'Failed' }), instance('b', { phase: 'Failed', createdAt: 2 })];
  expect(planInstances(pool(1), failed)).toEqual({ spawn: 1, destroy: ['a'] });
});

it('never repeats what runs once', () => {
  expect(planInstances({ workload: { replicas: 1, run: 'once' }, fingerprint: 'now' }, [instance('a', { phase: 'Failed' })])).toEqual({
    spawn: 0,
    destroy: [],
  });
});

it('ends everything but the adopted when the workload is removed', () => {
  expect(planInstances(undefined, [instance('a'), instance('b', { adopted: true })])).toEqual({ spawn: 0, destroy: ['a'] });
});
