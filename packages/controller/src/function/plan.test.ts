import { describe, expect, it } from 'vitest';
import type { Builder, OFunction, Serving, State } from '@openfunction/resources';
import { planFunction, type FunctionPlan, type FunctionWorld, type ServingReport } from './plan.ts';

const ready: ServingReport = { verified: true, proven: true, reason: '', message: '' };
const broken: ServingReport = { verified: true, proven: false, reason: 'LoadFailed', message: 'it throws' };

function fn(spec: Partial<OFunction['spec']> = {}): OFunction {
  return {
    apiVersion: 'core.openfunction.io/v1beta2',
    kind: 'Function',
    metadata: { name: 'hello', namespace: 'demo', uid: 'u', generation: 1 },
    spec: { image: 'r.test/hello:v1', serving: { triggers: { http: {} } }, ...spec },
  };
}

function world(object: OFunction, rest: Partial<FunctionWorld> = {}): FunctionWorld {
  return { fn: object, builders: [], servings: [], reports: new Map(), now: '2026-01-01T00:00:00Z', ...rest };
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
});
