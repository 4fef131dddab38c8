import type { Builder, FunctionStatus, KubeObject, OFunction, Serving } from '@openfunction/resources/nouns';
import { expect, it } from 'vitest';
import type { Pod } from '../connect/function-instances.ts';
import { diagnose } from './diagnose.ts';
import type { FunctionWorld } from './world.ts';

type Conditions = NonNullable<FunctionStatus['conditions']>;
type Given = readonly [type: string, status: 'True' | 'False' | 'Unknown', reason?: string, message?: string];

const core = 'core.openfunction.io/v1beta2' as const;

function conditions(...given: Given[]): Conditions {
  return given.map(([type, status, reason = type, message = '']) => {
    return { type, status, reason, message, lastTransitionTime: '', observedGeneration: 2 };
  });
}

function world(status: FunctionStatus | undefined, more: Partial<FunctionWorld> & { metadata?: Partial<OFunction['metadata']> } = {}) {
  const { metadata, ...rest } = more;
  const fn: OFunction = {
    apiVersion: core,
    kind: 'Function',
    metadata: { name: 'orders', generation: 2, ...metadata },
    spec: { image: 'i' },
    ...(status === undefined ? {} : { status }),
  };
  return { fn, builders: [], servings: [], pods: [], events: [], ...rest } satisfies FunctionWorld;
}

const builder: Builder = { apiVersion: core, kind: 'Builder', metadata: { name: 'orders-b', uid: 'b' }, spec: { image: 'i', srcRepo: {} } };
const serving = (minReplicas = 0): Serving => ({
  apiVersion: core,
  kind: 'Serving',
  metadata: { name: 'orders-2', uid: 's' },
  spec: { image: 'i', scaleOptions: { minReplicas } },
});

function pod(of: KubeObject, status: Pod['status']): Pod {
  const owner = { apiVersion: core, kind: of.kind, name: of.metadata.name, uid: of.metadata.uid ?? '' };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', ownerReferences: [owner] }, status };
}

const waiting = (reason: string, message = reason): Pod['status'] => ({
  phase: 'Pending',
  containerStatuses: [{ name: 'instance', state: { waiting: { reason, message } } }],
});
const serves: FunctionStatus = {
  build: { state: 'Succeeded', resourceRef: 'orders-b' },
  serving: { state: 'Running', resourceRef: 'orders-2', lastSuccessfulResourceRef: 'orders-2' },
  conditions: conditions(['Accepted', 'True'], ['RouteReady', 'True'], ['Honoured', 'True'], ['Ready', 'True']),
};
const starts: FunctionStatus = {
  build: { state: 'Succeeded', resourceRef: 'orders-b' },
  serving: { state: 'Starting', resourceRef: 'orders-2' },
  conditions: conditions(['Ready', 'Unknown', 'Starting']),
};
const builds: FunctionStatus = {
  build: { state: 'Building', resourceRef: 'orders-b' },
  serving: { state: '' },
  conditions: conditions(['Ready', 'Unknown', 'Building']),
};

function failedBuild(half: FunctionStatus['build'], last?: string): FunctionStatus {
  return {
    build: { state: 'Failed', resourceRef: 'orders-b', ...half },
    serving: { state: last === undefined ? '' : 'Running', lastSuccessfulResourceRef: last },
    conditions: conditions(['Ready', 'False']),
  };
}

function failedServing(half: FunctionStatus['serving']): FunctionStatus {
  const conditionsNow = conditions(['Ready', 'False']);
  return { build: { state: 'Succeeded' }, serving: { state: 'Failed', resourceRef: 'orders-2', ...half }, conditions: conditionsNow };
}

interface Case {
  name: string;
  world: FunctionWorld;
  is: 'wrong' | 'waiting' | 'note';
  says: string | RegExp;
  todo: string | RegExp;
}

const cases: Case[] = [
  { name: 'nobody has looked at it', world: world(undefined), is: 'waiting', says: /controller has not looked/, todo: /ofn doctor/ },
  {
    name: 'the status is of an older manifest',
    world: world({ ...serves, conditions: conditions(['Ready', 'True']) }, { metadata: { generation: 3 } }),
    is: 'waiting',
    says: /newest manifest/,
    todo: /ofn doctor/,
  },
  {
    name: 'it is being deleted and something holds it',
    world: world(serves, { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['x.test/hold'] } }),
    is: 'waiting',
    says: /being deleted.*x\.test\/hold/,
    todo: /finalizers/,
  },
  {
    name: 'the manifest is refused',
    world: world({
      ...failedBuild({}),
      conditions: conditions(['Accepted', 'False', 'Invalid', 'spec.image is required'], ['Ready', 'False']),
    }),
    is: 'wrong',
    says: 'The manifest is refused: spec.image is required',
    todo: /apply it again/,
  },
  {
    name: 'the source does not compile',
    world: world(failedBuild({ reason: 'CompileFailed', message: 'index.js:2:20: Expected ")"' })),
    is: 'wrong',
    says: 'The build failed: index.js:2:20: Expected ")"',
    todo: 'Correct the source, and deploy it again.',
  },
  {
    name: 'the build fails while a version has the traffic',
    world: world(failedBuild({ reason: 'InstallFailed', message: 'npm: 404' }, 'orders-1')),
    is: 'wrong',
    says: 'The build failed: npm: 404\nCallers still get the version before (orders-1).',
    todo: /package\.json/,
  },
  {
    name: 'the build says no more than its Builder',
    world: world(failedBuild({ reason: 'SourceNotFound' }), { builders: [{ ...builder, status: { message: 'no such branch "x"' } }] }),
    is: 'wrong',
    says: /no such branch "x"/,
    todo: /revision/,
  },
  {
    name: 'the build takes too long',
    world: world(failedBuild({ state: 'Timeout', reason: 'BuildTimeout', message: 'after 1m' })),
    is: 'wrong',
    says: 'The build took too long: after 1m',
    todo: /spec\.build\.timeout/,
  },
  {
    name: 'the build was cancelled',
    world: world(failedBuild({ state: 'Canceled', reason: 'Canceled', message: 'by hand' })),
    is: 'wrong',
    says: /was cancelled/,
    todo: /again/,
  },
  { name: 'it is being built', world: world(builds, { builders: [builder] }), is: 'waiting', says: 'It is being built.', todo: /moment/ },
  {
    name: 'the pod of a build has no node',
    world: world(builds, {
      builders: [builder],
      pods: [
        pod(builder, {
          phase: 'Pending',
          conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes: insufficient memory' }],
        }),
      ],
    }),
    is: 'wrong',
    says: 'The build cannot run: 0/1 nodes: insufficient memory',
    todo: /kubectl describe nodes/,
  },
  {
    name: 'a new version does not load, and callers keep the one before',
    world: world(failedServing({ reason: 'LoadFailed', message: 'it threw', lastSuccessfulResourceRef: 'orders-1' })),
    is: 'wrong',
    says: 'The newest version does not start: it threw\nCallers still get the version before (orders-1).',
    todo: /ofn logs orders/,
  },
  {
    name: 'a Secret is missing',
    world: world(failedServing({ reason: 'ReferenceNotFound', message: 'Secret "db" does not exist' })),
    is: 'wrong',
    says: /Secret "db"/,
    todo: /Create the Secret/,
  },
  {
    name: 'the namespace is not enabled',
    world: world(failedServing({ reason: 'NamespaceNotEnabled', message: 'run: helm upgrade' })),
    is: 'wrong',
    says: /helm upgrade/,
    todo: /command/,
  },
  {
    name: 'the source exports another name',
    world: world(failedServing({ reason: 'TargetNotFound', message: 'it has "probe"' })),
    is: 'wrong',
    says: /"probe"/,
    todo: /FUNC_NAME.*--target/,
  },
  {
    name: 'the pool has no instance',
    world: world(failedServing({ reason: 'NoInstance', message: 'No warm instance' })),
    is: 'wrong',
    says: /No warm instance/,
    todo: /pool/,
  },
  {
    name: 'a reason is new to this ofn',
    world: world(failedServing({ reason: 'BrandNew', message: 'something new' })),
    is: 'wrong',
    says: /something new/,
    todo: /ofn logs orders/,
  },
  {
    name: 'the runtime does not exist',
    world: world(failedServing({ state: 'UnknownRuntime', reason: 'UnknownRuntime', message: 'no "wasm9"' })),
    is: 'wrong',
    says: /wasm9/,
    todo: /workloadRuntime/,
  },
  { name: 'it starts', world: world(starts, { servings: [serving()] }), is: 'waiting', says: /orders-2\) starts/, todo: /moment/ },
  {
    name: 'its image cannot be pulled',
    world: world(starts, { servings: [serving()], pods: [pod(serving(), waiting('ImagePullBackOff', 'no such tag'))] }),
    is: 'wrong',
    says: 'The newest version cannot start: no such tag',
    todo: /imageCredentials/,
  },
  {
    name: 'it was ready, and no instance of it starts now',
    world: world({ ...serves, replicas: 0, serving: { ...serves.serving, reason: 'LoadFailed', message: 'it threw' } }),
    is: 'wrong',
    says: 'No instance of it starts, so callers get an error: it threw',
    todo: /loaded/,
  },
  {
    name: 'the broker of its messages is away',
    world: world({
      ...serves,
      conditions: conditions(
        ['Accepted', 'True'],
        ['Delivering', 'False', 'ComponentUnavailable', 'Nobody answers at kafka:9092.'],
        ['Ready', 'False', 'ComponentUnavailable', 'Nobody answers at kafka:9092.'],
      ),
    }),
    is: 'wrong',
    says: 'Its messages do not come, or its components cannot be used: Nobody answers at kafka:9092.',
    todo: /tried again by itself/,
  },
  {
    name: 'its messages come, and nobody can say how many wait',
    world: world({
      ...serves,
      conditions: conditions(['Delivering', 'True', 'ScalerUnavailable', 'No answer from kafka:9092.'], ['Ready', 'True']),
    }),
    is: 'wrong',
    says: 'It is not scaled by what waits: No answer from kafka:9092.',
    todo: /tried again by itself/,
  },
  {
    name: 'its components are being opened',
    world: world({
      ...serves,
      conditions: conditions(['Ready', 'Unknown', 'Connecting', 'Its components are being opened; wait a moment.']),
    }),
    is: 'waiting',
    says: /being opened/,
    todo: /moment/,
  },
  {
    name: 'an instance crashes again and again',
    world: world(serves, { servings: [serving()], pods: [pod(serving(), waiting('CrashLoopBackOff', 'back-off 10s'))] }),
    is: 'wrong',
    says: 'Instance p does not run: back-off 10s',
    todo: /ofn logs orders/,
  },
  {
    name: 'an instance used too much memory',
    world: world(serves, {
      servings: [serving()],
      pods: [
        pod(serving(), {
          phase: 'Running',
          containerStatuses: [
            {
              name: 'instance',
              state: { waiting: { reason: 'CrashLoopBackOff' } },
              lastState: { terminated: { reason: 'OOMKilled', exitCode: 137 } },
            },
          ],
        }),
      ],
    }),
    is: 'wrong',
    says: /more memory/,
    todo: /limits\.memory/,
  },
  {
    name: 'fewer instances run than the minimum',
    world: world(serves, { servings: [serving(2)], pods: [pod(serving(2), { phase: 'Running' })] }),
    is: 'wrong',
    says: '1 of at least 2 instances run.',
    todo: /ofn logs orders/,
  },
  {
    name: 'another function has its host name',
    world: world({
      ...serves,
      conditions: conditions(
        ['RouteReady', 'False', 'HostnameConflict', 'Function "other" has it'],
        ['Ready', 'False', 'HostnameConflict'],
      ),
    }),
    is: 'wrong',
    says: 'It cannot be reached as written: Function "other" has it',
    todo: /another host name/,
  },
  {
    name: 'its Gateway is missing',
    world: world({ ...serves, conditions: conditions(['RouteReady', 'False', 'GatewayNotFound', 'no Gateway "x"'], ['Ready', 'False']) }),
    is: 'wrong',
    says: /no Gateway/,
    todo: /gatewayRef/,
  },
  {
    name: 'a field has no effect here',
    world: world({
      ...serves,
      conditions: conditions(['Honoured', 'False', 'FieldsIgnored', 'These fields have no effect here: spec.x.'], ['Ready', 'True']),
    }),
    is: 'note',
    says: /spec\.x/,
    todo: /Take them out/,
  },
  {
    name: 'it is not ready, and nobody says why',
    world: world({ ...serves, conditions: conditions(['Ready', 'False', 'Mystery']) }),
    is: 'wrong',
    says: 'It is not ready: Mystery',
    todo: /events/,
  },
];

it.each(cases)('knows what to say and to do when $name', ({ world: given, is, says, todo }) => {
  const [finding, ...more] = diagnose(given);
  expect(more).toEqual([]);
  expect(finding?.is).toBe(is);
  if (typeof says === 'string') expect(finding?.says).toBe(says);
  else expect(finding?.says).toMatch(says);
  if (typeof todo === 'string') expect(finding?.todo).toBe(todo);
  else expect(finding?.todo).toMatch(todo);
});

it('finds nothing wrong with a function that serves, nor with one that has scaled to zero', () => {
  expect(diagnose(world(serves))).toEqual([]);
  expect(diagnose(world(serves, { servings: [serving(1)], pods: [pod(serving(1), { phase: 'Running' })] }))).toEqual([]);
  expect(diagnose(world(serves, { servings: [serving()], pods: [pod(serving(), waiting('ContainerCreating'))] }))).toEqual([]);
});

it('says a route’s trouble beside that of a build', () => {
  const status = failedBuild({ reason: 'CompileFailed', message: 'line 2' });
  const both = world({
    ...status,
    conditions: conditions(['RouteReady', 'False', 'HostnameConflict', 'taken'], ['Ready', 'False']),
    route: { conditions: conditions(['Accepted', 'False', 'HostnameConflict', 'taken']) },
  });
  expect(diagnose(both).map(({ says }) => says)).toEqual(['The build failed: line 2', 'It cannot be reached as written: taken']);
});
