import { expect, it } from 'vitest';
import { followDeliveries, type BusClient } from './follow-deliveries.ts';
import type { DeliveryReport } from './function/world.ts';

type Update = ReturnType<BusClient['watchDeliveries']> extends AsyncIterable<infer U> ? U : never;

const open: DeliveryReport = { uid: 'u', isDelivering: true, reason: '', message: '' };
const of = (serving: string, report = open): Update => ({ state: { serving, ...report } });

async function followed(said: Map<string, DeliveryReport>, updates: Update[]): Promise<string[]> {
  const told: string[] = [];
  const bus: BusClient = {
    watchDeliveries: async function* () {
      yield* updates;
    },
  };
  const { signal } = new AbortController();
  await followDeliveries({ bus, said, told: async (id) => void told.push(id), signal });
  return told;
}

it('keeps what is said of each Serving, and tells of each change', async () => {
  const said = new Map<string, DeliveryReport>();
  const closed = { ...open, isDelivering: false, reason: 'SecretNotFound', message: 'There is none.' };
  const told = await followed(said, [of('demo/a'), of('demo/b'), { snapshotEnd: {} }, of('demo/a', closed), { removed: 'demo/b' }]);
  expect([...said]).toMatchObject([['demo/a', closed]]);
  expect(told).toEqual(['demo/a', 'demo/b', 'demo/a', 'demo/b']);
});

it('forgets after a new beginning what is not said again, and not before all of it is said', async () => {
  const said = new Map([
    ['demo/a', open],
    ['demo/gone', open],
  ]);
  await followed(said, [of('demo/a')]);
  expect([...said.keys()]).toEqual(['demo/a', 'demo/gone']);
  await followed(said, [of('demo/a'), { snapshotEnd: {} }]);
  expect([...said.keys()]).toEqual(['demo/a']);
});
