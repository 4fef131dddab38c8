import { expect, it } from 'vitest';
import { scaleLimits } from './limits.ts';

const limits = (spec: object): ReturnType<typeof scaleLimits> =>
  scaleLimits({
    apiVersion: 'core.openfunction.io/v1beta2',
    kind: 'Serving',
    metadata: { name: 's' },
    spec: { image: 'i', ...spec },
  });

it('has defaults', () => {
  expect(limits({})).toEqual({ min: 0, max: 0, concurrency: 100, stableWindowMs: 60_000, zeroGraceMs: 30_000 });
});

it('takes fields before annotations, and those of scaleOptions before the others', () => {
  const annotations = { 'autoscaling.knative.dev/target': '5', 'autoscaling.knative.dev/window': '2m' };
  const knative = {
    'autoscaling.knative.dev/min-scale': 1,
    'autoscaling.knative.dev/max-scale': '4',
    'autoscaling.knative.dev/target': '9',
  };
  expect(limits({ annotations, scaleOptions: { maxReplicas: 3, knative } })).toMatchObject({
    min: 1,
    max: 3,
    concurrency: 9,
    stableWindowMs: 120_000,
  });
  expect(limits({ scaleOptions: { keda: { httpScaledObject: { targetPendingRequests: 20, cooldownPeriod: 300 } } } })).toMatchObject({
    concurrency: 20,
    zeroGraceMs: 300_000,
  });
});

it('takes nonsense for not said', () => {
  const annotations = {
    'autoscaling.knative.dev/target': '0',
    'autoscaling.knative.dev/window': 'soon',
    'autoscaling.knative.dev/max-scale': '-1',
  };
  expect(limits({ annotations })).toMatchObject({ concurrency: 100, stableWindowMs: 60_000, max: 0 });
});
