import { expect, it } from 'vitest';
import type { ServingReport } from '../function/world.ts';
import { engine, pooled } from './conditions.ts';

const report = (given: Partial<ServingReport> = {}): ServingReport => ({
  uid: 'u',
  verified: true,
  proven: false,
  reason: '',
  message: '',
  ready: 0,
  starting: 0,
  notHonoured: [],
  unpooled: [],
  isImage: false,
  ...given,
});

it('says nothing of the pool before it is known what runs', () => {
  expect(pooled(undefined)).toBeUndefined();
  expect(pooled(report({ verified: false }))).toBeUndefined();
});

it('says which fields keep a function out of the pool, as its author wrote them', () => {
  expect(pooled(report())).toBeUndefined();
  const own = pooled(report({ unpooled: ['spec.template.nodeSelector', 'spec.template.serviceAccountName'] }));
  expect(own).toMatchObject({ status: 'False', reason: 'OwnWorkload' });
  expect(own?.message).toContain('spec.serving.template.nodeSelector, spec.serving.template.serviceAccountName');
  expect(pooled(report({ isImage: true }))).toMatchObject({ status: 'False', reason: 'ServesByItself' });
});

it('says that the engines of others are not used, and names what was written for them', () => {
  expect(engine({ image: 'i', serving: { triggers: { http: { port: 1 } } } })).toBeUndefined();
  const said = engine({
    image: 'i',
    serving: {
      triggers: { http: { engine: 'keda' } },
      scaleOptions: { keda: { httpScaledObject: { cooldownPeriod: 60 } } },
      annotations: { 'autoscaling.knative.dev/target': '10', other: 'x' },
    },
  });
  expect(said).toMatchObject({ status: 'True', reason: 'BuiltIn' });
  expect(said?.message).toContain(
    'spec.serving.triggers.http.engine (keda), spec.serving.scaleOptions.keda.httpScaledObject, spec.serving.annotations[autoscaling.knative.dev/target]',
  );
  expect(said?.message).not.toContain('other');
  const sources = engine({ image: 'i', serving: { scaleOptions: { keda: { scaledObject: {}, triggers: [{ type: 'kafka' }] } } } });
  expect(sources?.message).toContain('spec.serving.scaleOptions.keda.scaledObject, spec.serving.scaleOptions.keda.triggers');
});
