import type { Serving } from '@openfunction/resources';
import { expect, it } from 'vitest';
import type { TemplateField } from '@openfunction/workload';
import { imageShapeOf, shapeOf } from './shape.ts';

type Template = Serving['spec']['template'];

function shape(template: Template, honours: TemplateField[] = ['cpu', 'memory']): ReturnType<typeof shapeOf> {
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
  expect(shape(undefined)).toEqual({ shape: pooled, notHonoured: [], unpooled: [] });
  expect(shape(limits({ cpu: '0.5', memory: '268435456' }))).toEqual({ shape: pooled, notHonoured: [], unpooled: [] });
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

const placed: Template = {
  serviceAccountName: 'x',
  nodeSelector: { a: 'b' },
  containers: [
    { name: 'sidecar', image: 's' },
    {
      name: 'function',
      command: ['x'],
      env: [{ name: 'A', value: '1' }],
      volumeMounts: [
        { name: 'v', mountPath: '/data' },
        { name: 'w', mountPath: 'secrets' },
      ],
    },
  ],
  volumes: [
    { name: 'v', emptyDir: {} },
    { name: 'w', secret: { secretName: 's' } },
  ],
  terminationGracePeriodSeconds: 5,
};

it('names everything of the template that nothing here can honour', () => {
  const { shape: pooled, notHonoured, unpooled } = shape(placed);
  expect(pooled.owner).toBeUndefined();
  expect(unpooled).toEqual([]);
  expect(notHonoured).toEqual([
    'spec.template.containers[1].command',
    'spec.template.nodeSelector',
    'spec.template.serviceAccountName',
    'spec.template.containers[0]',
    'spec.template.containers[1].volumeMounts[0].mountPath',
  ]);
});

it('gives a function a Workload of its own for what an instance of the pool cannot be given, and names it', () => {
  const ground: TemplateField[] = ['cpu', 'memory', 'nodeSelector', 'serviceAccountName', 'sidecars', 'volumes'];
  const { shape: own, notHonoured, unpooled } = shape(placed, ground);
  expect(own).toMatchObject({ size: 0, owner: { uid: 'u' }, pod: { container: 1, template: placed } });
  expect(unpooled).toEqual([
    'spec.template.nodeSelector',
    'spec.template.serviceAccountName',
    'spec.template.containers[0]',
    'spec.template.containers[1].volumeMounts[0].mountPath',
  ]);
  expect(notHonoured).toEqual(['spec.template.containers[1].command']);
});

it.each([
  ['runtimeClassName', { runtimeClassName: 'gvisor' }],
  ['tolerations', { tolerations: [{ key: 'a', operator: 'Exists' }] }],
  ['affinity', { affinity: { nodeAffinity: {} } }],
  ['topologySpreadConstraints', { topologySpreadConstraints: [{}] }],
] satisfies [TemplateField, Template][])('has a Workload of its own for %s', (field, template) => {
  const { shape: own, unpooled } = shape(template, [field]);
  expect(own.owner).toMatchObject({ uid: 'u' });
  expect(unpooled).toEqual([`spec.template.${field}`]);
});

it('names the resources for which there is a Workload of its own', () => {
  expect(shape(limits({ memory: '1Gi', cpu: '500m' })).unpooled).toEqual(['spec.template.containers[0].resources.limits.memory']);
});

it('names what an image asks of the processor where that has no effect, and only there', () => {
  const serving = (resources: object): Serving => ({
    apiVersion: 'core.openfunction.io/v1beta2',
    kind: 'Serving',
    metadata: { namespace: 'n', name: 's', uid: 'u' },
    spec: { image: 'i', template: { containers: [{ name: 'function', resources }] } },
  });
  const asked = serving({ limits: { cpu: '1', gpu: '1' }, requests: { cpu: '500m' } });
  const at = 'spec.template.containers[0].resources';
  const notHonoured = (...honours: TemplateField[]): string[] =>
    imageShapeOf({ serving: asked, honours: new Set(honours), resources: {} }).notHonoured.toSorted();
  expect(notHonoured('memory')).toEqual([`${at}.limits.cpu`, `${at}.limits.gpu`, `${at}.requests.cpu`]);
  expect(notHonoured('memory', 'imageCpu')).toEqual([`${at}.limits.gpu`]);
});
