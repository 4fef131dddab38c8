import { expect, it } from 'vitest';
import { configMapKind, secretKind, type Serving } from '@openfunction/resources';
import { memoryStore } from '@openfunction/store';
import { readEnvironment } from './read-environment.ts';

const serving = (metadata: Record<string, string>): Serving => ({
  apiVersion: 'core.openfunction.io/v1beta2',
  kind: 'Serving',
  metadata: { namespace: 'shop', name: 's' },
  spec: {
    image: 'i',
    params: { HOST: 'k' },
    scaleOptions: { keda: { triggers: [{ type: 'kafka', metadata }] } },
    template: {
      containers: [
        {
          name: 'function',
          env: [
            { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'kafka', key: 'password' } } },
            { name: 'GONE', valueFrom: { secretKeyRef: { name: 'missing', key: 'x' } } },
          ],
          envFrom: [{ configMapRef: { name: 'settings' } }],
        },
      ],
    },
  },
});

it('reads the variables that the function has, of Secrets and ConfigMaps too, without those that are not there', async () => {
  const store = memoryStore();
  await store.create(secretKind, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: 'shop', name: 'kafka' },
    stringData: { password: 'p' },
  });
  await store.create(configMapKind, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'shop', name: 'settings' },
    data: { TOPIC: 't' },
  });
  expect(await readEnvironment(store, serving({ passwordFromEnv: 'PASSWORD' }))).toEqual({ HOST: 'k', PASSWORD: 'p', TOPIC: 't' });
});

it('reads nothing where no trigger names a variable', async () => {
  const store = { get: () => Promise.reject(new Error('it was read')) };
  expect(await readEnvironment(store, serving({ lagThreshold: '5' }))).toEqual({ HOST: 'k' });
});
