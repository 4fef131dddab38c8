import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ReportSourcesRequest, ReportSourcesResponse, SourceMetric } from '@openfunction/protocol';
import { outbox, type Outbox } from './gateways/outbox.ts';
import type { PodPool } from './start-pod-pool.ts';
import { fakeGateway } from './testing/fake-gateway.ts';
import { fakePlatform, type FakePlatform } from './testing/fake-platform.ts';

let platform: FakePlatform;
let over: AbortController;
beforeEach(async () => {
  platform = await fakePlatform();
  over = new AbortController();
});
afterEach(async () => {
  over.abort();
  await platform.close();
});

interface Reporter {
  taken: ReportSourcesResponse[];
  error?: unknown;
  report(serving: string, ...metrics: Partial<SourceMetric>[]): void;
}

/** As the event bus: one stream, that stays open. */
function reporter({ sources }: PodPool): Reporter {
  const requests: Outbox<ReportSourcesRequest> = outbox();
  const made: Reporter = {
    taken: [],
    report: (serving, ...metrics) => requests.push({ servings: [{ serving, metrics: metrics.map(metricOf) }] }),
  };
  void (async () => {
    try {
      for await (const taken of sources.reportSources(requests.read(over.signal), over.signal)) made.taken.push(taken);
    } catch (error) {
      made.error = error;
    }
  })();
  return made;
}

function metricOf(given: Partial<SourceMetric>): SourceMetric {
  return { name: 'm', value: 0, target: 10, isTotal: false, isActive: (given.value ?? 0) > 0, failures: 0, ...given };
}

const kafka = (keda: object = {}, more: object = {}): { spec: object } => ({
  spec: {
    scaleOptions: {
      keda: { triggers: [{ type: 'kafka', metadata: {} }], scaledObject: { pollingInterval: 15, cooldownPeriod: 60 }, ...keda },
      ...more,
    },
  },
});
const running = (): number => [...platform.ground.instances.values()].filter(({ state }) => state === 'Serving').length;

it('starts instances for what waits at a source, and ends them when nothing did for the cooldown', async () => {
  await platform.addServing('a', kafka());
  const pool = platform.start();
  await platform.pass(2000);
  const gateway = fakeGateway('g', () => platform.clock.now());
  gateway.connect(pool.service);
  const sources = reporter(pool);
  await platform.pass(1000);
  sources.report('default/a', { value: 45 });
  // Nothing is moved but what runs by itself: the first message waits for no tick.
  await platform.pass();
  expect(sources.taken).toHaveLength(1);
  expect(running()).toBeGreaterThan(0);
  await platform.pass(5000);
  expect(running()).toBe(5);
  expect(pool.metrics()).toContain('openfunction_pool_source_value{namespace="default",serving="a",source="m"} 45\n');
  expect(pool.metrics()).toContain('openfunction_pool_autoscaler_sources_instances{namespace="default",serving="a"} 5\n');
  sources.report('default/a', {});
  await platform.pass(59_000, 500);
  expect(running()).toBeGreaterThan(0);
  await platform.pass(5000, 500);
  expect(running()).toBe(0);
});

it('asks for no more than the function may have, and for ten where it says nothing', async () => {
  await platform.addServing('few', kafka({}, { maxReplicas: 2 }));
  await platform.addServing('many', { spec: { image: 'registry.test/a:1' } });
  const sources = reporter(platform.start({ poolMax: 100 }));
  await platform.pass(3000);
  sources.report('default/few', { value: 1e6 });
  sources.report('default/many', { value: 1e6 });
  await platform.pass(20_000);
  expect(running()).toBe(12);
});

it('holds what was last reported when nothing more comes, and forgets it after a while', async () => {
  await platform.addServing('a', kafka());
  const pool = platform.start();
  await platform.pass(2000);
  fakeGateway('g', () => platform.clock.now()).connect(pool.service);
  const sources = reporter(pool);
  await platform.pass(1000);
  sources.report('default/a', { value: 25 });
  await platform.pass(2000);
  over.abort();
  await platform.pass(55_000, 500);
  expect(running()).toBe(3);
  await platform.pass(10_000, 500);
  expect(running()).toBe(3);
  await platform.pass(61_000, 500);
  expect(running()).toBe(0);
});

it('keeps nothing for a Serving whose sources are measured no more', async () => {
  await platform.addServing('a', kafka());
  const pool = platform.start();
  await platform.pass(2000);
  fakeGateway('g', () => platform.clock.now()).connect(pool.service);
  const sources = reporter(pool);
  await platform.pass(58_000, 500);
  sources.report('default/a', { value: 25 });
  await platform.pass(62_000, 500);
  expect(running()).toBe(3);
  sources.report('default/a', { value: 25 });
  sources.report('default/a');
  await platform.pass(5000);
  expect(running()).toBe(0);
});

it('keeps a report of a Serving that it does not know yet', async () => {
  const sources = reporter(platform.start());
  await platform.pass(3000);
  sources.report('default/a', { value: 25 });
  await platform.pass(1000);
  await platform.addServing('a', kafka());
  await platform.pass(3000);
  expect(running()).toBe(3);
});

it('takes what is no number for a source that cannot be measured', async () => {
  await platform.addServing('a', kafka());
  const sources = reporter(platform.start());
  await platform.pass(3000);
  sources.report('default/a', { value: NaN, isActive: true }, { value: 5, target: 0 }, { value: Infinity }, { value: 15, name: 'n' });
  await platform.pass(3000);
  expect(running()).toBe(2);
});

it('takes reports only while it is the one that decides, and begins anew when it becomes that again', async () => {
  await platform.addServing('a', kafka());
  let leads = true;
  const pool = platform.start({ leading: () => leads });
  const sources = reporter(pool);
  await platform.pass(3000);
  sources.report('default/a', { value: 25 });
  await platform.pass(3000);
  expect(running()).toBe(3);
  leads = false;
  pool.leadingChanged();
  await platform.pass();
  expect(String(sources.error)).toContain('NotHolder');
  leads = true;
  pool.leadingChanged();
  await platform.pass(3000);
  const again = reporter(pool);
  again.report('default/a', { value: 5 });
  await platform.pass(30_000, 500);
  // It does not know for what they were made before.
  expect(running()).toBe(3);
});

it('tells whoever reports how many instances serve, and each change of that', async () => {
  await platform.addServing('a', kafka());
  await platform.addServing('other', { spec: { scaleOptions: { minReplicas: 1 } } });
  const pool = platform.start();
  await platform.pass(2000);
  fakeGateway('g', () => platform.clock.now()).connect(pool.service);
  const sources = reporter(pool);
  await platform.pass(3000);
  sources.report('default/a', { value: 15 });
  await platform.pass(3000);
  sources.report('default/a', {});
  await platform.pass(70_000, 500);
  const told = sources.taken.flatMap(({ servings }) => servings);
  expect(new Set(told.map(({ serving }) => serving))).toEqual(new Set(['default/a']));
  const counts = told.map(({ ready }) => ready);
  expect([counts.at(0), Math.max(...counts), counts.at(-1)]).toEqual([0, 2, 0]);
  // Each is said once.
  expect(counts.filter((count, at) => count === counts[at - 1])).toEqual([]);
});
