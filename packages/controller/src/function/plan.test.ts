import { describe, expect, it } from 'vitest';
import type { Builder, OFunction, Serving, State } from '@openfunction/resources';
import { planFunction, type FunctionPlan } from './plan.ts';
import type { FunctionWorld, ServingReport } from './world.ts';

const ready: ServingReport = {
  uid: 's',
  verified: true,
  proven: true,
  reason: '',
  message: '',
  ready: 1,
  starting: 0,
  notHonoured: [],
  unpooled: [],
  isImage: false,
};
const broken: ServingReport = { ...ready, proven: false, ready: 0, reason: 'LoadFailed', message: 'it throws' };

function fn(spec: Partial<OFunction['spec']> = {}): OFunction {
  return {
    apiVersion: 'core.openfunction.io/v1beta2',
    kind: 'Function',
    metadata: { name: 'hello', namespace: 'demo', uid: 'u', generation: 1 },
    spec: { image: 'r.test/hello:v1', serving: { triggers: { http: {} } }, ...spec },
  };
}

function world(object: OFunction, rest: Partial<FunctionWorld> = {}): FunctionWorld {
  return {
    fn: object,
    causes: [],
    builders: [],
    servings: [],
    reports: new Map(),
    capabilities: new Set(),
    now: '2026-01-01T00:00:00Z',
    ...rest,
  };
}

/** The world after the plan was applied, with the first Serving ready. */
function running(object = fn()): { object: OFunction; serving: Serving } {
  const serving = planFunction(world(object)).create.serving!;
  const plan = planFunction(world(object, { servings: [serving], reports: new Map([[serving.metadata.name, ready]]) }));
  return { object: { ...object, status: plan.status }, serving };
}

const condition = (plan: FunctionPlan, type: string): string | undefined =>
  plan.status.conditions?.find((each) => each.type === type)?.status;

describe('planFunction', () => {
  it('serves an image at once when nothing is to be built', () => {
    const plan = planFunction(world(fn()));
    expect(plan.create.serving?.spec.image).toBe('r.test/hello:v1');
    expect(plan.status).toMatchObject({ build: { state: 'Skipped' }, serving: { state: 'Starting' } });
  });

  it('builds first, and serves the digest that was built', () => {
    const object = fn({ build: { srcRepo: { url: 'https://git.test/x' } } });
    const first = planFunction(world(object));
    expect(first.create.serving).toBeUndefined();
    const builder: Builder = { ...first.create.builder!, status: { state: 'Succeeded', output: { digest: 'sha256:abc', size: 1 } } };
    expect(planFunction(world(object, { builders: [builder] })).create.serving?.spec.image).toBe('r.test/hello:v1@sha256:abc');
  });

  it('neither builds nor deploys again for what does not matter', () => {
    const build = { srcRepo: { url: 'https://git.test/x' } };
    const one = planFunction(world(fn({ build }))).create.builder?.metadata.name;
    expect(planFunction(world(fn({ build: { timeout: '5m', failedBuildsHistoryLimit: 3, ...build } }))).create.builder?.metadata.name).toBe(
      one,
    );
    expect(planFunction(world(fn({ build: { srcRepo: { url: 'https://git.test/y' } } }))).create.builder?.metadata.name).not.toBe(one);
  });

  it('changes nothing when planned again', () => {
    const { object, serving } = running();
    const again = planFunction(
      world(object, { servings: [serving], reports: new Map([[serving.metadata.name, ready]]), now: '2027-01-01T00:00:00Z' }),
    );
    expect(again).toMatchObject({ create: {}, cancel: [], remove: { builders: [], servings: [] }, traffic: serving.metadata.name });
    expect(again.status).toEqual(object.status);
    expect(condition(again, 'Ready')).toBe('True');
  });

  it('keeps the old serving until the new one is proven, and then removes it', () => {
    const { object, serving: old } = running();
    const changed = { ...object, spec: { ...object.spec, image: 'r.test/hello:v2' } };
    const next = planFunction(world(changed, { servings: [old] }));
    const made = next.create.serving!;
    expect(next.traffic).toBe(old.metadata.name);
    expect(made.metadata.annotations).toEqual({ 'openfunction.io/replaces': old.metadata.name });
    const waiting = planFunction(
      world(
        { ...changed, status: next.status },
        { servings: [old, made], reports: new Map([[made.metadata.name, { ...ready, proven: false }]]) },
      ),
    );
    expect([waiting.traffic, waiting.remove.servings]).toEqual([old.metadata.name, []]);
    const done = planFunction(
      world({ ...changed, status: waiting.status }, { servings: [old, made], reports: new Map([[made.metadata.name, ready]]) }),
    );
    expect([done.traffic, done.remove.servings]).toEqual([made.metadata.name, [old.metadata.name]]);
  });

  it('counts a first version without a minimum as ready once its artifact is verified, and one with a minimum once it runs', () => {
    const verified = { ...ready, proven: false, ready: 0 };
    for (const [minReplicas, state] of [
      [0, 'Running'],
      [1, 'Starting'],
    ] as const) {
      const object = fn({ serving: { triggers: { http: {} }, scaleOptions: { minReplicas } } });
      const serving = planFunction(world(object)).create.serving!;
      const told = (report: ServingReport): FunctionPlan =>
        planFunction(world(object, { servings: [serving], reports: new Map([[serving.metadata.name, report]]) }));
      expect(told(verified).status.serving?.state).toBe(state);
      expect(told(ready).status.serving?.state).toBe('Running');
    }
  });

  it('keeps the traffic on a version that was ready, and is not Ready while nothing of it can be started', () => {
    const { object, serving } = running();
    const plan = planFunction(world(object, { servings: [serving], reports: new Map([[serving.metadata.name, broken]]) }));
    expect(plan.traffic).toBe(serving.metadata.name);
    expect(plan.status.serving).toMatchObject({ state: 'Running', reason: 'LoadFailed', message: 'it throws' });
    expect(condition(plan, 'Ready')).toBe('False');
  });

  it('leaves the traffic where it is when the new serving fails', () => {
    const { object, serving: old } = running();
    const changed = { ...object, spec: { ...object.spec, image: 'r.test/hello:v2' } };
    const made = planFunction(world(changed, { servings: [old] })).create.serving!;
    const plan = planFunction(world(changed, { servings: [old, made], reports: new Map([[made.metadata.name, broken]]) }));
    expect(plan).toMatchObject({
      traffic: old.metadata.name,
      remove: { servings: [] },
      status: { serving: { state: 'Failed', reason: 'LoadFailed', message: 'it throws' } },
    });
    expect(condition(plan, 'ServingReady')).toBe('False');
  });

  it('cancels a build that was superseded and forgets old ones', () => {
    const build = { srcRepo: { url: 'https://git.test/x' } };
    const builder = (name: string, state: State): Builder => ({
      apiVersion: 'core.openfunction.io/v1beta2',
      kind: 'Builder',
      metadata: { name, creationTimestamp: name },
      spec: { image: 'i', srcRepo: {} },
      status: { state },
    });
    const plan = planFunction(
      world(fn({ build }), {
        builders: [builder('a', 'Building'), builder('b', 'Succeeded'), builder('c', 'Failed'), builder('d', 'Failed')],
      }),
    );
    expect(plan.cancel.map((each) => each.metadata.name)).toEqual(['a']);
    expect(plan.remove.builders).toEqual(['b', 'c']);
  });

  it('keeps the traffic of an old serving while a refused spec stands, and says what is wrong', () => {
    const { object, serving } = running();
    const causes = [{ field: 'spec.image', reason: 'FieldValueInvalid' as const, message: 'is no image reference' }];
    const plan = planFunction(world({ ...object, spec: { image: 'a b' } }, { causes, servings: [serving] }));
    expect(plan).toMatchObject({ create: {}, cancel: [], remove: { builders: [], servings: [] }, traffic: serving.metadata.name });
    expect(plan.status.serving?.state).toBe('Running');
    expect(plan.status.conditions).toMatchObject([
      { type: 'Accepted', status: 'False', reason: 'Invalid', message: 'spec.image: is no image reference' },
      {},
      {},
      {},
      { type: 'Ready', status: 'False' },
    ]);
  });

  it('serves no function without HTTP, and none of an unknown runtime, and says so', () => {
    const dapr = planFunction(world(fn({ serving: { triggers: { dapr: [{ name: 'cron' }] } } })));
    expect(dapr).toMatchObject({ create: {}, status: { serving: { state: 'Failed', reason: 'AsyncNotSupported' } } });
    const wasm = planFunction(world(fn({ workloadRuntime: 'WasmEdge' })));
    expect(wasm).toMatchObject({ create: {}, status: { serving: { state: 'UnknownRuntime' } } });
    expect(condition(wasm, 'Ready')).toBe('False');
    const able = planFunction(world(fn({ workloadRuntime: 'WasmEdge' }), { capabilities: new Set(['wasm'] as const) }));
    expect(able.create.serving?.spec.workloadRuntime).toBe('WasmEdge');
  });

  it('serves functions that messages alone reach where somebody brings them, unless they keep them away', () => {
    const capabilities = new Set(['messaging'] as const);
    const plan = (annotations: Record<string, string>, http?: object): FunctionPlan => {
      const triggers = { ...(http === undefined ? {} : { http }), dapr: [{ name: 'cron' }] };
      return planFunction(world(fn({ serving: { annotations, triggers } }), { capabilities }));
    };
    expect(plan({}).status.serving?.state).toBe('Starting');
    expect(plan({ 'openfunction.io/enable-dapr': 'false' }, {}).status.serving?.state).toBe('Starting');
    expect(plan({ 'openfunction.io/enable-dapr': 'false' }).status.serving).toMatchObject({ state: 'Failed', reason: 'AsyncNotSupported' });
  });

  it('says why what is said to a sidecar of Dapr has no effect', () => {
    const message = (annotations: Record<string, string>): string | undefined =>
      planFunction(world(fn({ serving: { annotations, triggers: { http: {} } } }))).status.conditions?.find(
        ({ type }) => type === 'Honoured',
      )?.message;
    expect(message({ 'dapr.io/log-level': 'debug' })).toBe(
      "These fields have no effect here: spec.serving.annotations[dapr.io/log-level]. The runtime of a function is the platform's own, not a sidecar.",
    );
    expect(message({ 'openfunction.io/enable-dapr': 'true' })).toBe('');
  });

  it('names the fields that have no effect', () => {
    const object = fn({ serving: { tracing: { enabled: true } } });
    const { serving } = planFunction(world(object)).create;
    const reports = new Map([[serving!.metadata.name, { ...ready, notHonoured: ['spec.template.volumes'] }]]);
    const plan = planFunction(world(object, { servings: [serving!], reports }));
    expect(plan.status.conditions?.find((each) => each.type === 'Honoured')).toMatchObject({
      status: 'False',
      reason: 'FieldsIgnored',
      message: 'These fields have no effect here: spec.serving.tracing, spec.serving.template.volumes.',
    });
    expect(condition(plan, 'Ready')).toBe('True');
  });

  it('deploys again when resources or meaningful annotations change, and not for those of tools', () => {
    const nameOf = (spec: object, annotations: Record<string, string> = {}): string | undefined => {
      const object = fn({ serving: { triggers: { http: {} }, ...spec } });
      return planFunction(world({ ...object, metadata: { ...object.metadata, annotations } })).create.serving?.metadata.name;
    };
    const cpu = (value: string): object => ({ template: { containers: [{ name: 'function', resources: { limits: { cpu: value } } }] } });
    expect(nameOf(cpu('100m'))).not.toBe(nameOf(cpu('200m')));
    expect(nameOf({}, { 'kubectl.kubernetes.io/last-applied-configuration': '{}', 'meta.helm.sh/release-name': 'x', note: 'y' })).toBe(
      nameOf({}),
    );
    expect(nameOf({}, { 'autoscaling.knative.dev/target': '5' })).not.toBe(nameOf({}));
  });

  it('gives a version its time to become ready, and says when it is over', () => {
    const object = fn({ serving: { timeout: '1m' } });
    const made = planFunction(world(object)).create.serving!;
    const serving = { ...made, metadata: { ...made.metadata, creationTimestamp: '2026-01-01T00:00:00Z' } };
    expect(planFunction(world(object, { servings: [serving], now: '2026-01-01T00:00:20Z' }))).toMatchObject({ requeueAfterMs: 40_000 });
    const late = planFunction(world(object, { servings: [serving], now: '2026-01-01T00:01:00Z' }));
    expect(late.status.serving).toMatchObject({ state: 'Timeout', reason: 'ServingTimeout' });
    const reports = new Map([[serving.metadata.name, ready]]);
    expect(planFunction(world({ ...object, status: late.status }, { servings: [serving], reports })).status.serving?.state).toBe('Running');
  });

  it('does not build again when its Builder is gone after it succeeded', () => {
    const object = fn({ build: { builder: 'b', srcRepo: { url: 'https://git.test/x' } } });
    const made = planFunction(world(object)).create.builder!;
    const digest = `sha256:${'a'.repeat(64)}`;
    const built = planFunction(world(object, { builders: [{ ...made, status: { state: 'Succeeded', output: { digest } } }] }));
    const again = planFunction(world({ ...object, status: built.status }));
    expect(again.create.builder).toBeUndefined();
    expect(again.create.serving?.spec.image).toBe(`r.test/hello:v1@${digest}`);
  });

  it('makes a build anew that was superseded and is wanted again', () => {
    const object = fn({ build: { builder: 'b', srcRepo: { url: 'https://git.test/x' } } });
    const made = planFunction(world(object)).create.builder!;
    const annotations = { 'openfunction.io/superseded': 'true' };
    const stopped: Builder = { ...made, metadata: { ...made.metadata, annotations }, spec: { ...made.spec, state: 'Cancelled' } };
    expect(planFunction(world(object, { builders: [stopped] }))).toMatchObject({
      remove: { builders: [made.metadata.name] },
      requeueAfterMs: 0,
    });
    // A person's cancellation stands.
    const cancelled: Builder = { ...made, spec: { ...made.spec, state: 'Cancelled' }, status: { state: 'Canceled' } };
    expect(planFunction(world(object, { builders: [cancelled] })).status.build?.state).toBe('Canceled');
  });

  it('forgets superseded builds that are older than their age', () => {
    const build = { builder: 'b', srcRepo: { url: 'https://git.test/x' }, builderMaxAge: '1h', failedBuildsHistoryLimit: 5 };
    const failed = (name: string, creationTimestamp: string): Builder => ({
      apiVersion: 'core.openfunction.io/v1beta2',
      kind: 'Builder',
      metadata: { name, creationTimestamp },
      spec: { image: 'i', srcRepo: {} },
      status: { state: 'Failed', message: 'why' },
    });
    const builders = [failed('old', '2026-01-01T00:00:00Z'), failed('new', '2026-01-01T00:50:00Z')];
    expect(planFunction(world(fn({ build }), { builders, now: '2026-01-01T01:00:00Z' }))).toMatchObject({
      remove: { builders: ['old'] },
      requeueAfterMs: 50 * 60_000,
    });
  });

  it('says of a failed version what it said, until pod-pool speaks again', () => {
    const object = fn();
    const serving = planFunction(world(object)).create.serving!;
    const failed = planFunction(
      world(object, { servings: [serving], reports: new Map([[serving.metadata.name, { ...broken, verified: false }]]) }),
    );
    const again = planFunction(world({ ...object, status: failed.status }, { servings: [serving] }));
    expect(again.status).toEqual(failed.status);
    expect(again.status.serving?.state).toBe('Failed');
  });
});
