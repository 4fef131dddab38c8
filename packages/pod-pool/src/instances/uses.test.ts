import type { Health } from '@openfunction/protocol';
import type { Instance } from '@openfunction/workload';
import { expect, it } from 'vitest';
import { instanceUses } from './uses.ts';

function instance(id: string, namespace: string, owner = true): Instance {
  const key = { namespace, name: 'orders-1' };
  return {
    id,
    namespace,
    workload: key,
    phase: 'Ready',
    createdAt: 5,
    endpoints: { control: { kind: 'unix', path: `/${id}` }, traffic: { kind: 'unix', path: `/${id}-t` } },
    ...(owner ? { owner: { apiVersion: 'v1', kind: 'Serving', key, uid: 'u' } } : {}),
  };
}

async function uses(namespace: string, health: (id: string) => object | undefined): Promise<unknown[]> {
  const all = [instance('a', 'x'), instance('b', 'y'), instance('fresh', 'x', false)];
  const control = {
    health: async (endpoint: { kind: string }): Promise<Health> => {
      const said = health('path' in endpoint ? String(endpoint.path).slice(1) : '');
      if (said === undefined) throw new Error('silent');
      return said as Health;
    },
  };
  return (await instanceUses({ all: () => all }, control).listInstances({ namespace }, new AbortController().signal)).instances;
}

const said = { state: 'Serving', inFlight: 2, requests: 9, memoryBytes: 1000, cpuMs: 7 };

it('tells what the instances of functions use, of one namespace or of all', async () => {
  const use = { serving: 'x/orders-1', createdAtMs: 5, answered: true, inFlight: 2, requests: 9, memoryBytes: 1000, cpuMs: 7 };
  expect(await uses('x', () => said)).toEqual([{ instance: 'a', ...use }]);
  expect(await uses('', () => said)).toHaveLength(2);
});

it('names an instance as people find it', async () => {
  const all = [{ ...instance('uid-1', 'x'), name: 'pod-1' }];
  const control = { health: async (): Promise<Health> => said as unknown as Health };
  const { instances } = await instanceUses({ all: () => all }, control).listInstances({ namespace: 'x' }, new AbortController().signal);
  expect(instances).toMatchObject([{ instance: 'pod-1' }]);
});

it('says of an instance that does not answer just that, and takes no number that is none', async () => {
  const nothing = { inFlight: 0, requests: 0, memoryBytes: 0, cpuMs: 0 };
  expect(await uses('x', () => undefined)).toMatchObject([{ instance: 'a', answered: false, ...nothing }]);
  expect(await uses('x', () => ({ inFlight: 'many', requests: -1, memoryBytes: 1e300, cpuMs: {} }))).toMatchObject([
    { answered: true, ...nothing },
  ]);
});
