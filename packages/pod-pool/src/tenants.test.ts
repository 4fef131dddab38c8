import { keyText, servingKind } from '@openfunction/resources';
import { expect, it } from 'vitest';
import type { PodPool } from './start-pod-pool.ts';
import { fakeGateway, type FakeGateway } from './testing/fake-gateway.ts';
import type { FakeInstance } from './testing/fake-ground.ts';
import { fakePlatform, type FakePlatform } from './testing/fake-platform.ts';

const tenants = ['red', 'green', 'blue'];
const leaseMs = 30_000;
const limit = 4;

/** The same numbers for the same seed. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

interface Model {
  platform: FakePlatform;
  pool: PodPool;
  gateways: FakeGateway[];
  servings: { id: string; namespace: string; name: string; uid: string; max: number }[];
  /** By instance: the function that it took, which never changes. */
  taken: Map<string, string>;
  restartedAt: number;
  made: number;
}

async function addServing(model: Model, namespace: string, max: number): Promise<void> {
  const name = `f${(model.made += 1)}`;
  const owner = { apiVersion: 'core.openfunction.io/v1beta2', kind: 'Function', name, uid: `${namespace}-${name}` };
  const { metadata } = await model.platform.addServing(name, {
    namespace,
    metadata: { ownerReferences: [owner] },
    spec: { scaleOptions: { maxReplicas: max, knative: { 'autoscaling.knative.dev/container-concurrency': limit } } },
  });
  model.servings.push({ id: keyText({ namespace, name }), namespace, name, uid: metadata.uid ?? '', max });
}

async function removeServing(model: Model, at: number): Promise<void> {
  const [gone] = model.servings.splice(at, 1);
  if (gone !== undefined) await model.platform.store.delete(servingKind, gone);
}

async function restart(model: Model): Promise<void> {
  await model.pool.close();
  model.pool = model.platform.start({ poolSize: 2 });
  model.restartedAt = model.platform.clock.now();
  for (const gateway of model.gateways) gateway.connect(model.pool.service);
}

/** One thing that users, faults or time do. */
async function act(model: Model, random: (below: number) => number): Promise<void> {
  const { platform, gateways, servings } = model;
  const gateway = gateways[random(gateways.length)];
  const serving = servings[random(servings.length)];
  const instance = [...platform.ground.instances.values()][random(platform.ground.instances.size)];
  const dice = random(100);
  if (dice < 6 && servings.length < 15) await addServing(model, tenants[random(3)] ?? '', random(3));
  else if (dice < 10) await removeServing(model, random(Math.max(1, servings.length)));
  else if (dice < 60 && serving !== undefined) gateway?.demand(serving.id, random(12));
  else if (dice < 68 && serving !== undefined) gateway?.report(serving.id, random(12));
  else if (dice < 76 && instance !== undefined) platform.ground.kill(instance.record.id);
  else if (dice < 79 && instance !== undefined) instance.silent = true;
  else if (dice < 82) gateway?.cutOff();
  else if (dice < 86) gateway?.connect(model.pool.service);
  else if (dice < 88) await restart(model);
  else await platform.pass(random(8) * 500, 500);
  await platform.pass();
}

function expectToHold(model: Model): void {
  const { platform, gateways, servings, taken } = model;
  const now = platform.clock.now();
  const lent = new Map<string, number>();
  for (const { held } of gateways) {
    for (const { instance: id, serving, slots, expiresAtMs } of held.values()) {
      if (expiresAtMs <= now) continue;
      lent.set(id, (lent.get(id) ?? 0) + slots);
      const instance = platform.ground.instances.get(id);
      if (instance !== undefined) expect(instance.ticket?.serving).toBe(serving);
    }
  }
  // A scheduler that begins anew does not know what gateways hold that it has not heard of.
  if (now - model.restartedAt > leaseMs) for (const slots of lent.values()) expect(slots).toBeLessThanOrEqual(limit);
  for (const { record, ticket, state, asked } of platform.ground.instances.values()) {
    if (ticket === undefined) continue;
    expect(taken.get(record.id) ?? ticket.functionUid).toBe(ticket.functionUid);
    taken.set(record.id, ticket.functionUid);
    // The runner would refuse a second load: it is not even tried.
    expect(asked).toHaveLength(1);
    // What is recorded as a Serving's has loaded its function, of the same namespace, and nothing else.
    if (record.digest !== undefined) expect(keyText(record.owner?.key ?? { namespace: '', name: '' })).toBe(ticket.serving);
    expect(ticket.serving.split('/')[0]).toBe(record.namespace);
    expect(state).not.toBe('Fresh');
  }
  for (const { id, max } of servings) {
    const running = [...platform.ground.instances.values()].filter(
      ({ ticket, record }) => ticket?.serving === id && isRunning(record.phase),
    );
    if (max > 0 && now - model.restartedAt > leaseMs) expect(running.length).toBeLessThanOrEqual(max);
  }
}

function isRunning(phase: FakeInstance['record']['phase']): boolean {
  return phase === 'Ready' || phase === 'Starting';
}

it.each([1, 2, 3])('no instance ever serves two functions, whatever happens (seed %i)', { timeout: 120_000 }, async (seed) => {
  const random = randomOf(seed);
  const platform = await fakePlatform();
  const gateways = ['a', 'b', 'c'].map((id) => fakeGateway(id, () => platform.clock.now()));
  const pool = platform.start();
  const model: Model = { platform, pool, gateways, servings: [], taken: new Map(), restartedAt: -Infinity, made: 0 };
  for (const gateway of gateways) gateway.connect(pool.service);
  const { faults } = platform.ground;
  faults.load = () => (['dies', 'refuses', 'loses the answer'] as const)[random(30)] ?? 'none';
  faults.adopt = () => random(10) === 0;
  for (let round = 0; round < 1500; round += 1) {
    await act(model, random);
    expectToHold(model);
  }
  expect(model.taken.size).toBeGreaterThan(100);

  // Without faults and requests everything comes to rest: no orphan, and stock for who is there.
  Object.assign(faults, { load: () => 'none', adopt: () => false });
  for (let at = model.servings.length - 1; at >= 0; at -= 1) if (model.servings[at]?.namespace === 'blue') await removeServing(model, at);
  for (const gateway of gateways) gateway.connect(model.pool.service);
  for (const { id } of model.servings) for (const gateway of gateways) gateway.demand(id, 0);
  await platform.pass(240_000, 1000);
  const left = [...platform.ground.instances.values()].filter(({ record }) => isRunning(record.phase));
  expect(left.filter(({ state }) => state !== 'Fresh')).toEqual([]);
  expect(left.map(({ record }) => record.namespace)).not.toContain('blue');
  for (const namespace of new Set(model.servings.map((serving) => serving.namespace)))
    expect(left.filter(({ record }) => record.namespace === namespace).length).toBeGreaterThanOrEqual(2);
  for (const { id } of model.servings) gateways[0]?.demand(id, 1);
  await platform.pass(5000);
  const valid = (gateways[0]?.held.values() ?? []).filter(({ expiresAtMs }) => expiresAtMs > platform.clock.now());
  const served = new Set([...valid].map(({ serving }) => serving));
  expect([...served].sort()).toEqual(model.servings.map(({ id }) => id).sort());
  await platform.close();
});
