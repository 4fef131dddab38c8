import { expect, test } from 'vitest';
import { functionSchema } from './schema.ts';

const sample = (spec: unknown) => ({
  apiVersion: 'core.openfunction.io/v1beta2',
  kind: 'Function',
  metadata: { name: 'orders' },
  spec,
});

test('accepts numeric component and scaler metadata unchanged', () => {
  const object = sample({
    image: 'registry/orders:v1',
    serving: {
      bindings: { mqtt: { type: 'bindings.mqtt', version: 'v1', initTimeout: '', metadata: [{ name: 'qos', value: 1 }] } },
      scaleOptions: { keda: { scaledObject: { pollingInterval: 15 }, triggers: [{ type: 'kafka', metadata: { lagThreshold: 20 } }] } },
      triggers: { dapr: [{ name: 'mqtt', type: 'bindings.mqtt' }] },
      template: { containers: [{ name: 'function', imagePullPolicy: 'IfNotPresent' }] },
    },
  });
  expect(functionSchema.parse(object)).toEqual(object);
});

test('prunes a field of an older version instead of refusing it', () => {
  const parsed = functionSchema.parse(sample({ image: 'a', serving: { runtime: 'knative' } }));
  expect(parsed.spec.serving).toEqual({});
});

test('refuses a port above 65535', () => {
  expect(functionSchema.safeParse(sample({ image: 'a', serving: { triggers: { http: { port: 65536 } } } })).success).toBe(false);
});
