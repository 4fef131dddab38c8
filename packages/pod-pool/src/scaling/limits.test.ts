import { expect, it } from 'vitest';
import { scaleLimits } from './limits.ts';

const knative = (values: Record<string, string | number>): Record<string, string | number> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`autoscaling.knative.dev/${name}`, value]));
const texts = (values: Record<string, string>): Record<string, string> => knative(values) as Record<string, string>;

const limits = (spec: object, annotations?: Record<string, string>): ReturnType<typeof scaleLimits> =>
  scaleLimits({
    apiVersion: 'core.openfunction.io/v1beta2',
    kind: 'Serving',
    metadata: { name: 's', annotations },
    spec: { image: 'i', ...spec },
  });

it('has the defaults of Knative', () => {
  expect(limits({})).toEqual({
    min: 0,
    max: 0,
    initial: 0,
    concurrency: 100,
    kpa: {
      metric: 'concurrency',
      aggregation: 'linear',
      total: 100,
      target: 70,
      stableWindowMs: 60_000,
      panicWindowMs: 6000,
      panicThreshold: 2,
      maxScaleUpRate: 1000,
      maxScaleDownRate: 2,
      activationScale: 1,
      targetBurstCapacity: 211,
      scaleDownDelayMs: 0,
    },
    requestTimeoutMs: undefined,
    zeroGraceMs: 0,
    podRetentionMs: 0,
    idleMs: 0,
    keepAlive: 'fixed',
  });
});

it.each([
  ['a limit is what an instance can carry', { 'container-concurrency': '10' }, { total: 10, target: 7 }, 10],
  ['a target is soft', { target: '10' }, { total: 10, target: 7 }, 100],
  ['a target above what is usual needs room', { target: '300' }, { total: 300, target: 210 }, 300],
  ['of a target and a limit the smaller one counts', { target: '20', 'container-concurrency': '5' }, { total: 5, target: 3.5 }, 5],
  ['a target below the limit is soft', { target: '2', 'container-concurrency': '5' }, { total: 2, target: 1.4 }, 5],
  ['no limit is a high one', { 'container-concurrency': '0' }, { total: 100, target: 70 }, 1000],
  ['the utilisation is of the total', { target: '10', 'target-utilization-percentage': '100' }, { total: 10, target: 10 }, 100],
  ['requests per second have a default of their own', { metric: 'rps' }, { metric: 'rps', total: 200, target: 140 }, 100],
  ['a rate is no concurrency', { metric: 'rps', target: '500', 'container-concurrency': '5' }, { total: 500, target: 350 }, 5],
  ['no target is below 0.01', { target: '0.01' }, { total: 0.01, target: 0.01 }, 100],
])('%s', (_, annotations, kpa, concurrency) => {
  const found = limits({ annotations: texts(annotations) });
  expect(found.kpa).toMatchObject(kpa);
  expect(found.concurrency).toBe(concurrency);
});

it('takes fields before annotations, and those of scaleOptions before the others', () => {
  const annotations = texts({ target: '5', window: '2m', 'min-scale': '7' });
  const scaleOptions = { maxReplicas: 3, knative: knative({ 'min-scale': 1, 'max-scale': '4', target: '9' }) };
  const found = limits({ annotations, scaleOptions }, texts({ window: '3m', 'scale-down-delay': '30s' }));
  expect(found).toMatchObject({
    min: 1,
    max: 3,
    kpa: { total: 9, stableWindowMs: 120_000, panicWindowMs: 12_000, scaleDownDelayMs: 30_000 },
  });
});

it('takes the limit of the serving before that of an annotation', () => {
  const annotations = texts({ 'container-concurrency': '10' });
  expect(limits({ annotations, containerConcurrency: 4 })).toMatchObject({ concurrency: 4, kpa: { total: 4, target: 2.8 } });
  expect(limits({ annotations, containerConcurrency: 0 })).toMatchObject({ concurrency: 1000, kpa: { total: 100 } });
});

it('begins with no more than there may be', () => {
  expect(limits({ annotations: texts({ 'initial-scale': '5' }) }).initial).toBe(5);
  expect(limits({ scaleOptions: { maxReplicas: 2 }, annotations: texts({ 'initial-scale': '5' }) }).initial).toBe(2);
});

it('knows the words of KEDA', () => {
  const keda = { httpScaledObject: { targetPendingRequests: 20, cooldownPeriod: 300 } };
  expect(limits({ scaleOptions: { keda } })).toMatchObject({
    concurrency: 100,
    idleMs: 300_000,
    kpa: { target: 20, stableWindowMs: 60_000 },
  });
  const short = { httpScaledObject: { cooldownPeriod: 10 } };
  expect(limits({ scaleOptions: { keda: short } })).toMatchObject({ idleMs: 10_000, kpa: { stableWindowMs: 10_000 } });
});

it('takes nonsense for not said', () => {
  const annotations = texts({ target: '0', window: 'soon', 'max-scale': '-1' });
  expect(limits({ annotations })).toMatchObject({ max: 0, kpa: { total: 100, stableWindowMs: 60_000 } });
});
