import { afterEach, beforeEach, expect, it } from 'vitest';
import type { MessageApp, MessagingError, Source } from '@openfunction/messaging';
import type { ReportSourcesRequest, ReportSourcesResponse, SourceMetric } from '@openfunction/protocol';
import { manualClock, type ManualClock } from '@openfunction/reconcile';
import type { Serving } from '@openfunction/resources';
import type { ConnectedApp } from '../connected-apps.ts';
import { measureSources, type Scalers, type Trigger } from './measure-sources.ts';

interface FakeTrigger {
  trigger: Trigger;
  environment: Readonly<Record<string, string>>;
  reads: number;
  isClosed: boolean;
}

let clock: ManualClock;
let ending: AbortController;
let apps: ConnectedApp[];
let measuring: Promise<void>;
/** What pod-pool holds, by Serving. */
let held: Map<string, readonly SourceMetric[]>;
let told: string[];
let errors: unknown[];
let triggers: FakeTrigger[];
let troubles: Map<string, MessagingError>;
let paused: Map<string, boolean>;
let answer: (servings: ReportSourcesResponse['servings']) => void;
let streams: number;
let cut: () => void;
/** What a trigger of this type says now. */
let reading: (type: string, signal: AbortSignal) => Promise<{ value: number; isActive: boolean }>;

const environment = { PASSWORD: 'x' };
const scalers: Scalers = {
  open: async (trigger, given) => {
    if (trigger.type === 'unknown') throw new Error('Trigger "unknown" cannot be opened: there is no such type.');
    const one: FakeTrigger = { trigger, environment: given, reads: 0, isClosed: false };
    triggers.push(one);
    return {
      name: trigger.name ?? `s-${trigger.type}`,
      target: 20,
      metricType: trigger.metricType === 'Value' ? 'Value' : 'AverageValue',
      read: (signal) => {
        one.reads += 1;
        return reading(trigger.type, signal);
      },
      close: async () => void (one.isClosed = true),
    };
  },
};

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function pass(ms: number, stepMs = 500): Promise<void> {
  await settle();
  for (let passed = 0; passed < ms; passed += stepMs) {
    clock.advance(Math.min(stepMs, ms - passed));
    await settle();
  }
}

async function* reportSources(requests: AsyncIterable<ReportSourcesRequest>, signal: AbortSignal): AsyncGenerator<ReportSourcesResponse> {
  streams += 1;
  const queue: ReportSourcesResponse[] = [];
  let wake = (): void => {};
  let failed = false;
  answer = (servings) => (queue.push({ servings }), wake());
  cut = () => ((failed = true), wake());
  const reader = (async () => {
    for await (const { servings } of requests) {
      for (const { serving, metrics } of servings) {
        told.push(serving);
        if (metrics.length === 0) held.delete(serving);
        else held.set(serving, metrics);
      }
    }
  })();
  signal.addEventListener('abort', () => wake());
  while (!signal.aborted && !failed) {
    const next = queue.shift();
    if (next !== undefined) yield next;
    else await new Promise<void>((resolve) => (wake = resolve));
  }
  if (failed) throw new Error('connection reset');
  await reader;
}

function source(name: string, backlog?: Source['backlog']): Source {
  return {
    name,
    pause: () => void paused.set(name, true),
    resume: () => void paused.set(name, false),
    ...(backlog === undefined ? {} : { backlog }),
  };
}

function appOf(
  name: string,
  keda: object | undefined,
  sources: Source[] = [source(`${name}-in`, async () => 0)],
  delivers = true,
): ConnectedApp {
  const serving: Serving = {
    apiVersion: 'core.openfunction.io/v1beta2',
    kind: 'Serving',
    metadata: { namespace: 'shop', name },
    spec: { image: 'i', containerConcurrency: 5, ...(keda === undefined ? {} : { scaleOptions: { keda } }) },
  };
  return {
    serving,
    app: { delivers } as MessageApp,
    opened: { sources: () => sources, close: async () => {} },
    tell: (what, trouble) => void (trouble === undefined ? troubles.delete(`${name} ${what}`) : troubles.set(`${name} ${what}`, trouble)),
  };
}

const kafka = { triggers: [{ type: 'kafka', metadata: { lagThreshold: 20 } }], scaledObject: { pollingInterval: 10 } };

beforeEach(() => {
  clock = manualClock(1e6);
  ending = new AbortController();
  apps = [];
  held = new Map();
  told = [];
  errors = [];
  triggers = [];
  troubles = new Map();
  paused = new Map();
  streams = 0;
  reading = async () => ({ value: 0, isActive: false });
  measuring = measureSources({
    apps: { all: () => apps },
    pool: { reportSources },
    scalers,
    environmentOf: async () => environment,
    clock,
    signal: ending.signal,
    onError: (error) => errors.push(error),
  });
});
afterEach(async () => {
  ending.abort();
  await measuring;
});

it('reports what a trigger measures as soon as it does, and again by the polling interval', async () => {
  reading = async () => ({ value: 45, isActive: true });
  apps = [appOf('a', kafka)];
  await pass(500);
  expect(held.get('shop/a')).toEqual([{ name: '0-s-kafka', value: 45, target: 20, isTotal: false, isActive: true, failures: 0 }]);
  expect(triggers).toMatchObject([{ trigger: { type: 'kafka', metadata: { lagThreshold: '20' } }, environment, reads: 1 }]);
  await pass(9000);
  expect(triggers[0]?.reads).toBe(1);
  reading = async () => ({ value: 7, isActive: true });
  await pass(1000);
  expect(held.get('shop/a')).toMatchObject([{ value: 7 }]);
});

it('looks as often as a HorizontalPodAutoscaler does while anything runs or is to run', async () => {
  apps = [appOf('a', { ...kafka, scaledObject: { pollingInterval: 120 } })];
  await pass(500);
  expect(triggers[0]?.reads).toBe(1);
  reading = async () => ({ value: 45, isActive: true });
  await pass(119_500);
  expect(triggers[0]?.reads).toBe(1);
  await pass(30_500);
  expect(triggers[0]?.reads).toBe(4);
});

it('measures the backlog of the own sources where no trigger is named', async () => {
  apps = [appOf('a', undefined, [source('orders/new', async () => 12), source('cron')])];
  await pass(500);
  expect(held.get('shop/a')).toEqual([{ name: 'orders/new', value: 12, target: 5, isTotal: false, isActive: true, failures: 0 }]);
});

it('waits for no source that does not answer, neither with others of the function nor with other functions', async () => {
  reading = (type) => (type === 'stuck' ? new Promise(() => {}) : Promise.resolve({ value: 1, isActive: true }));
  apps = [appOf('a', { triggers: [{ type: 'stuck' }, { type: 'kafka' }] }), appOf('b', kafka)];
  await pass(500);
  expect(held.get('shop/a')).toMatchObject([{ name: '1-s-kafka', value: 1 }]);
  expect(held.get('shop/b')).toMatchObject([{ value: 1 }]);
  await pass(10_000);
  expect(held.get('shop/a')).toMatchObject([{ name: '1-s-kafka' }, { name: '0-s-stuck', failures: 1 }]);
});

it('counts failures with the last value that was known, and says so once instead of each time', async () => {
  reading = async () => ({ value: 45, isActive: true });
  apps = [appOf('a', kafka)];
  await pass(500);
  reading = async () => Promise.reject(new Error('The broker does not answer.'));
  await pass(30_000);
  expect(held.get('shop/a')).toMatchObject([{ value: 45, isActive: true, failures: 3 }]);
  expect([...troubles.values()]).toMatchObject([
    { code: 'ScalerUnavailable', message: expect.stringContaining('The broker does not answer.') as string },
  ]);
  expect(errors).toHaveLength(1);
  reading = async () => ({ value: 2, isActive: true });
  await pass(10_000);
  expect(held.get('shop/a')).toMatchObject([{ value: 2, failures: 0 }]);
  expect(troubles.size).toBe(0);
});

it('says of a trigger that cannot be meant what is wrong, and follows the others', async () => {
  reading = async () => ({ value: 3, isActive: true });
  apps = [appOf('a', { triggers: [{ type: 'unknown' }, { type: 'kafka' }], scaledObject: { pollingInterval: 1 } })];
  await pass(20_000);
  expect(held.get('shop/a')).toMatchObject([{ name: '1-s-kafka', value: 3 }]);
  expect([...troubles.values()]).toMatchObject([
    { code: 'ScalerInvalid', message: expect.stringContaining('there is no such type') as string },
  ]);
  expect(errors).toEqual([]);
});

it('says everything again when it is connected anew', async () => {
  reading = async () => ({ value: 45, isActive: true });
  apps = [appOf('a', kafka)];
  await pass(500);
  held.clear();
  cut();
  await pass(1000);
  expect(streams).toBe(2);
  expect(held.get('shop/a')).toMatchObject([{ value: 45 }]);
});

it('closes the triggers of what is gone and says that it is measured no more', async () => {
  apps = [appOf('a', kafka)];
  await pass(500);
  apps = [];
  await pass(500);
  expect(triggers).toMatchObject([{ isClosed: true }]);
  expect(held.size).toBe(0);
  await pass(30_000);
  expect(triggers[0]?.reads).toBe(1);
});

it('says nothing of what another replica measures from now on', async () => {
  apps = [appOf('a', kafka)];
  await pass(500);
  told = [];
  apps = [appOf('a', kafka, [], false)];
  await pass(30_000);
  expect(triggers).toMatchObject([{ isClosed: true, reads: 1 }]);
  expect(told).toEqual([]);
});

it('closes everything when it ends', async () => {
  reading = (_, signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
  apps = [appOf('a', kafka), appOf('b', kafka)];
  await pass(500);
  ending.abort();
  await measuring;
  expect(triggers).toMatchObject([{ isClosed: true }, { isClosed: true }]);
  expect(errors).toEqual([]);
});

it('holds messages back below the activation threshold while nothing runs, and lets them come at once above it', async () => {
  reading = async () => ({ value: 3, isActive: false });
  apps = [appOf('a', kafka)];
  await pass(500);
  expect(paused.get('a-in')).toBeUndefined();
  answer([{ serving: 'shop/a', ready: 0 }]);
  await pass(0);
  expect(paused.get('a-in')).toBe(true);
  reading = async () => ({ value: 30, isActive: true });
  await pass(10_000);
  expect(paused.get('a-in')).toBe(false);
});

it('lets messages come while an instance runs, however few they are', async () => {
  apps = [appOf('a', kafka)];
  await pass(500);
  answer([{ serving: 'shop/a', ready: 0 }]);
  await pass(0);
  answer([{ serving: 'shop/a', ready: 1 }]);
  await pass(0);
  expect(paused.get('a-in')).toBe(false);
});

it('holds back what was opened meanwhile too', async () => {
  const sources = [source('first', async () => 0)];
  apps = [appOf('a', kafka, sources)];
  await pass(500);
  answer([{ serving: 'shop/a', ready: 0 }]);
  await pass(0);
  sources.push(source('second', async () => 0));
  await pass(500);
  expect(Object.fromEntries(paused)).toEqual({ first: true, second: true });
});

it('never holds back what no trigger is named for', async () => {
  apps = [appOf('a', undefined, [source('mqtt'), source('kafka', async () => 0)])];
  await pass(500);
  answer([{ serving: 'shop/a', ready: 0 }]);
  await pass(20_000);
  expect(paused.size).toBe(0);
});

it('lets go of sources that stay open when only what is measured changes', async () => {
  const sources = [source('in', async () => 0)];
  apps = [appOf('a', kafka, sources)];
  await pass(500);
  answer([{ serving: 'shop/a', ready: 0 }]);
  await pass(0);
  expect(paused.get('in')).toBe(true);
  apps = [appOf('a2', undefined, sources)];
  await pass(1000);
  expect(paused.get('in')).toBe(false);
});

it('lets a message come that waits and that no trigger counts', async () => {
  let waiting = 0;
  apps = [appOf('a', kafka, [source('in', async () => waiting)])];
  await pass(500);
  answer([{ serving: 'shop/a', ready: 0 }]);
  await pass(0);
  expect(paused.get('in')).toBe(true);
  waiting = 1;
  // The trigger counts it, and says that it is not enough.
  reading = async () => ({ value: 1, isActive: false });
  await pass(20_000);
  expect(paused.get('in')).toBe(true);
  reading = async () => ({ value: 0, isActive: false });
  await pass(10_000);
  expect(paused.get('in')).toBe(false);
  waiting = 0;
  await pass(10_000);
  expect(paused.get('in')).toBe(true);
});

it('never holds back a source that cannot tell what waits', async () => {
  apps = [appOf('a', kafka, [source('mqtt'), source('in', async () => 0)])];
  await pass(500);
  answer([{ serving: 'shop/a', ready: 0 }]);
  await pass(20_000);
  expect(Object.fromEntries(paused)).toEqual({ in: true });
});
