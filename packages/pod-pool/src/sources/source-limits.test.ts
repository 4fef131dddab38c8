import { expect, it } from 'vitest';
import { kubernetesBehavior } from './behavior.ts';
import { sourceLimits, type SourceLimits } from './source-limits.ts';

const limits = (keda: object, max = 0): SourceLimits =>
  sourceLimits(
    { apiVersion: 'core.openfunction.io/v1beta2', kind: 'Serving', metadata: { name: 's' }, spec: { image: 'i', scaleOptions: { keda } } },
    { max, stableWindowMs: 60_000 },
  );
const triggers = [{ type: 'kafka', metadata: {} }];

it('has the defaults of KEDA and Kubernetes where KEDA is asked for', () => {
  expect(limits({ triggers })).toEqual({ max: 10, cooldownMs: 300_000, holdMs: 90_000, behavior: kubernetesBehavior });
});

it('goes up at once and down as with requests where nobody named a trigger', () => {
  const { cooldownMs, behavior } = limits({});
  expect(cooldownMs).toBe(0);
  expect(behavior.up).toMatchObject({ windowMs: 0, policies: [{ value: Infinity }] });
  expect(behavior.down).toMatchObject({ windowMs: 60_000 });
});

it('takes each field of the manifest in the place of a default', () => {
  const policies = [{ type: 'Percent', value: 50, periodSeconds: 30 }];
  const behavior = { scaleDown: { stabilizationWindowSeconds: 45, policies }, scaleUp: { selectPolicy: 'Min' } };
  const scaledObject = {
    pollingInterval: 60,
    cooldownPeriod: 5,
    fallback: { failureThreshold: 3, replicas: 6 },
    advanced: { horizontalPodAutoscalerConfig: { behavior } },
  };
  expect(limits({ triggers, scaledObject }, 4)).toEqual({
    max: 4,
    cooldownMs: 5000,
    holdMs: 180_000,
    fallback: { failureThreshold: 3, replicas: 6 },
    behavior: {
      up: { ...kubernetesBehavior.up, select: 'Min' },
      down: { windowMs: 45_000, select: 'Max', policies: [{ type: 'Percent', value: 50, periodMs: 30_000 }] },
    },
  });
});
