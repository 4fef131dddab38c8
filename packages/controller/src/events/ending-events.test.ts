import { eventKind, functionKind, type OFunction, type Serving } from '@openfunction/resources';
import { memoryStore } from '@openfunction/store';
import { expect, it } from 'vitest';
import type { ServingReport } from '../function/world.ts';
import { idle } from '../testing/platform.ts';
import { endingEvents } from './ending-events.ts';

const key = { namespace: 'shop', name: 'orders' };

function report(count: number, reason = 'FunctionCrashed'): ServingReport {
  return { ...idle, uid: 's', ...(count === 0 ? {} : { ending: { count, reason, message: `Ending ${count}.` } }) };
}

async function world(): Promise<{
  tell: (before: ServingReport | undefined, after: ServingReport) => Promise<string[]>;
  pass: (ms: number) => void;
}> {
  let now = 0;
  const store = memoryStore();
  const fn: OFunction = { apiVersion: 'core.openfunction.io/v1beta2', kind: 'Function', metadata: { ...key }, spec: { image: 'r.test/o' } };
  const { metadata } = await store.create(functionKind, fn);
  const ownerReferences = [{ apiVersion: fn.apiVersion, kind: 'Function', name: key.name, uid: metadata.uid ?? '' }];
  const serving: Serving = {
    apiVersion: fn.apiVersion,
    kind: 'Serving',
    metadata: { ...key, ownerReferences },
    spec: { image: 'r.test/o' },
  };
  const events = endingEvents({ store, now: () => now });
  return {
    pass: (ms) => void (now += ms),
    tell: async (before, after) => {
      await events.told(serving, before, after);
      const { items } = await store.list(eventKind);
      return items.map(({ reason, message, count }) => `${count} × ${reason}: ${message}`).toSorted();
    },
  };
}

it('tells of an instance that ended, once', async () => {
  const { tell } = await world();
  expect(await tell(report(0), report(1))).toEqual(['1 × FunctionCrashed: Ending 1.']);
  expect(await tell(report(1), report(1))).toEqual(['1 × FunctionCrashed: Ending 1.']);
});

it('counts those that end again and again, and not too often', async () => {
  const { tell, pass } = await world();
  await tell(report(0), report(1));
  expect(await tell(report(1), report(2))).toEqual(['1 × FunctionCrashed: Ending 1.']);
  expect(await tell(report(2), report(3, 'InstanceSilent'))).toHaveLength(2);
  pass(10_000);
  expect(await tell(report(3), report(4))).toContain('2 × FunctionCrashed: Ending 4.');
});

it('says nothing again of what an earlier controller, or an earlier scheduler, told', async () => {
  const { tell } = await world();
  expect(await tell(undefined, report(5))).toEqual([]);
  expect(await tell({ ...report(1), uid: 'another' }, report(2))).toEqual([]);
  expect(await tell(report(5), report(0))).toEqual([]);
});
