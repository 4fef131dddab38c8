import type { Serving } from '@openfunction/resources';
import { expect, it } from 'vitest';
import { shapeOf } from './shape.ts';

type Template = Serving['spec']['template'];

function shape(template: Template, honours: ('cpu' | 'memory')[] = ['cpu', 'memory']): ReturnType<typeof shapeOf> {
  return shapeOf({
    serving: {
      apiVersion: 'core.openfunction.io/v1beta2',
      kind: 'Serving',
      metadata: { namespace: 'n', name: 's', uid: 'u' },
      spec: { image: 'i', template },
    },
    honours: new Set(honours),
    resources: { cpu: '500m', memory: '256Mi' },
    poolSize: 3,
  });
}

const limits = (given: Record<string, string>): Template => ({ containers: [{ name: 'function', resources: { limits: given } }] });

it('takes instances from the pool of the namespace, also when the same resources are asked for in other words', () => {
  const pooled = { key: { namespace: 'n', name: 'openfunction-pool-node' }, size: 3, resources: { cpu: '500m', memory: '256Mi' } };
  expect(shape(undefined)).toEqual({ shape: pooled, notHonoured: [] });
  expect(shape(limits({ cpu: '0.5', memory: '268435456' }))).toEqual({ shape: pooled, notHonoured: [] });
});

it('gives a function with resources of its own a Workload of its own', () => {
  const { shape: own, notHonoured } = shape(limits({ memory: '1Gi' }));
  expect(own).toMatchObject({ size: 0, resources: { cpu: '500m', memory: '1Gi' }, owner: { kind: 'Serving', uid: 'u' } });
  expect(own.key.name).toMatch(/^openfunction-own-[0-9a-f]{16}$/);
  expect(notHonoured).toEqual([]);
});

it('names resources that have no effect here', () => {
  const { shape: pooled, notHonoured } = shape(limits({ cpu: '2', 'nvidia.com/gpu': '1' }), ['memory']);
  expect(pooled.key.name).toBe('openfunction-pool-node');
  expect(notHonoured).toEqual([
    'spec.template.containers[0].resources.limits.cpu',
    'spec.template.containers[0].resources.limits.nvidia.com/gpu',
  ]);
});

it('names everything of the template that a pooled instance cannot honour', () => {
  const { notHonoured } = shape({
    serviceAccountName: 'x',
    nodeSelector: { a: 'b' },
    containers: [
      { name: 'sidecar' },
      { name: 'function', command: ['x'], env: [{ name: 'A', value: '1' }], volumeMounts: [{ name: 'v', mountPath: '/data' }] },
    ],
    volumes: [
      { name: 'v', emptyDir: {} },
      { name: 'w', secret: { secretName: 's' } },
    ],
    terminationGracePeriodSeconds: 5,
  });
  expect(notHonoured).toEqual([
    'spec.template.containers[1].command',
    'spec.template.containers[1].volumeMounts[0].mountPath',
    'spec.template.nodeSelector',
    'spec.template.serviceAccountName',
    'spec.template.containers[0]',
    'spec.template.volumes[0]',
  ]);
});
