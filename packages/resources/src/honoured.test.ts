import { expect, it } from 'vitest';
import type { OFunction } from './function/schema.ts';
import { ignoredFields } from './honoured.ts';
import { samples } from './testing/samples.ts';

const specOf = (name: string): OFunction['spec'] => (samples.find((each) => each.metadata.name === name) as OFunction).spec;
const ignored = (name: string): string[] => ignoredFields(specOf(name), new Set());

it('names what a sample sets and nothing honours', () => {
  expect(ignored('function-front')).toEqual(['spec.serving.outputs', 'spec.serving.bindings']);
  expect(ignored('podinfo')).toEqual(['spec.serving.triggers.http.port']);
  expect(ignored('sample-go-app')).toEqual(['spec.build.shipwright.strategy']);
  expect(ignored('kafka-input')).toEqual([
    'spec.serving.triggers.dapr',
    'spec.serving.scaleOptions.keda.scaledObject',
    'spec.serving.scaleOptions.keda.triggers',
    'spec.serving.bindings',
    'spec.serving.workloadType',
  ]);
  expect(ignored('get-config-from-configmap')).toEqual(['spec.serving.template.containers[1]']);
});

it('names annotations for an autoscaler that mean nothing', () => {
  const [known, unknown] = ['autoscaling.knative.dev/target', 'autoscaling.knative.dev/targt'];
  const serving = { scaleOptions: { knative: { [known]: 1, [unknown]: 1 } }, annotations: { [unknown]: '1', other: 'x' } };
  expect(ignoredFields({ image: 'i', serving }, new Set())).toEqual([
    `spec.serving.scaleOptions.knative[${unknown}]`,
    `spec.serving.annotations[${unknown}]`,
  ]);
});

it('names what is said to a sidecar of Dapr and changes nothing, and no more than that', () => {
  const annotations = {
    'dapr.io/enabled': 'true',
    'dapr.io/app-protocol': 'http',
    'dapr.io/log-level': 'debug',
    'openfunction.io/dapr-service-mode': 'sidecar',
  };
  const able = new Set(['messaging', 'states'] as const);
  expect(ignoredFields({ image: 'i', serving: { annotations } }, able)).toEqual([
    'spec.serving.annotations[dapr.io/log-level]',
    'spec.serving.annotations[openfunction.io/dapr-service-mode]',
  ]);
  // A function module is brought its messages by HTTP, whatever it says; an image says what it speaks.
  const grpc = { image: 'i', serving: { annotations: { 'dapr.io/app-protocol': 'grpc' } } };
  expect(ignoredFields(grpc, able)).toEqual(['spec.serving.annotations[dapr.io/app-protocol]']);
  expect(ignoredFields(grpc, new Set([...able, 'appProtocol']))).toEqual([]);
  const standalone = { 'openfunction.io/dapr-service-mode': 'standalone', 'openfunction.io/enable-dapr': 'true' };
  expect(ignoredFields({ image: 'i', serving: { annotations: standalone } }, able)).toEqual([]);
});

it('names everything about messages and state that a function keeps Dapr away from', () => {
  const serving = {
    annotations: { 'openfunction.io/enable-dapr': 'false' },
    triggers: { http: {}, dapr: [{ name: 'tick' }] },
    bindings: { tick: { type: 'bindings.cron' } },
    states: { cart: {} },
  };
  expect(ignoredFields({ image: 'i', serving }, new Set(['messaging', 'states']))).toEqual([
    'spec.serving.triggers.dapr',
    'spec.serving.bindings',
    'spec.serving.states',
  ]);
});

it('names nothing that the ground honours', () => {
  expect(ignoredFields(specOf('kafka-input'), new Set(['messaging', 'keda', 'workloadType']))).toEqual([]);
  expect(ignored('hello-world-node')).toEqual([]);
});

it('names what no ground does of the settings of a HorizontalPodAutoscaler, and Jobs where there are none', () => {
  const advanced = { restoreToOriginalReplicaCount: true, horizontalPodAutoscalerConfig: { behavior: { scaleUp: {} } } };
  const serving = { workloadType: 'Job' as const, scaleOptions: { keda: { scaledObject: { pollingInterval: 5, advanced } } } };
  expect(ignoredFields({ image: 'i', serving }, new Set(['keda', 'workloadType']))).toEqual([
    'spec.serving.scaleOptions.keda.scaledObject.advanced.restoreToOriginalReplicaCount',
    'spec.serving.workloadType',
  ]);
  const jobs = { scaleOptions: { keda: { scaledJob: { scalingStrategy: { strategy: 'accurate' } } } } };
  expect(ignoredFields({ image: 'i', serving: jobs }, new Set(['keda']))).toEqual(['spec.serving.scaleOptions.keda.scaledJob']);
});

it('names a StatefulSet, whose instances would keep their names', () => {
  const named = (workloadType: 'Deployment' | 'StatefulSet'): string[] =>
    ignoredFields({ image: 'i', serving: { workloadType } }, new Set(['workloadType']));
  expect(named('Deployment')).toEqual([]);
  expect(named('StatefulSet')).toEqual(['spec.serving.workloadType']);
});
