import { builderKind, functionKind, servingKind, type Builder, type OFunction, type Serving } from '@openfunction/resources';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Crash, functionOf, idle, platform, type Platform } from './testing/platform.ts';

const key = { namespace: 'demo', name: 'hello' };
const build = { builder: 'b', srcRepo: { url: 'https://git.test/x' } };
const servings = async ({ store }: Platform): Promise<Serving[]> => (await store.list(servingKind)).items;
const hello = async ({ store }: Platform): Promise<OFunction> => (await store.get(functionKind, key))!;

async function edit(on: Platform, change: (spec: OFunction['spec']) => OFunction['spec']): Promise<void> {
  const fn = await hello(on);
  await on.store.update(functionKind, { ...fn, spec: change(fn.spec) });
}

async function running(spec: object = {}): Promise<Platform> {
  const on = await platform();
  await on.store.create(functionKind, functionOf('hello', spec));
  await on.settle();
  expect((await hello(on)).status?.serving?.state).toBe('Running');
  return on;
}

describe('the controller', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('adopts what it made when it ended after write %i (K1)', async (writes) => {
    const on = await platform();
    await on.store.create(functionKind, functionOf('hello', { build }));
    on.writesLeft = writes;
    await on.settle().catch((error: unknown) => expect(error).toBeInstanceOf(Crash));
    on.writesLeft = Infinity;
    await on.restart();
    await on.settle();
    expect(await servings(on)).toHaveLength(1);
    expect((await on.store.list(builderKind)).items).toHaveLength(1);
    expect((await hello(on)).status?.serving?.state).toBe('Running');
  });

  it('forgets a function whose deletion no watch has told (K4)', async () => {
    const on = await running();
    await on.store.delete(functionKind, key);
    await on.step();
    expect(await on.routes()).toEqual([]);
  });

  it('repairs what a user deletes or edits, and leaves what is theirs (K5)', async () => {
    const on = await running();
    const [serving] = await servings(on);
    const labels = { theirs: 'kept' };
    await on.store.update(servingKind, { ...serving!, metadata: { ...serving!.metadata, labels } });
    await on.settle();
    expect((await servings(on))[0]?.metadata.labels).toEqual({ theirs: 'kept', 'openfunction.io/function': 'hello' });
    await on.store.delete(servingKind, { namespace: 'demo', name: serving!.metadata.name });
    await on.settle();
    expect((await servings(on)).map(({ metadata }) => metadata.name)).toEqual([serving!.metadata.name]);
    expect((await on.routes())[0]?.serving).toBe(`demo/${serving!.metadata.name}`);
  });

  it('writes again what others changed under it (K6)', async () => {
    const on = await platform();
    await on.store.create(functionKind, functionOf('hello'));
    const { updateStatus } = on.store;
    let storm = 20;
    on.store.updateStatus = async (kind, object) => {
      if (storm > 0) {
        storm -= 1;
        const fn = await hello(on);
        await on.store.update(functionKind, { ...fn, metadata: { ...fn.metadata, annotations: { note: String(storm) } } });
      }
      return updateStatus(kind, object);
    };
    await on.settle();
    expect((await hello(on)).status?.serving?.state).toBe('Running');
  });

  it('lets no poison object stop another (K7)', async () => {
    const on = await platform();
    const poison: Record<string, unknown>[] = [
      { image: 5, serving: { triggers: 'x' } },
      { image: 'a', serving: { template: { containers: 'x' } } },
      { image: 'a', serving: { triggers: { http: { route: { hostnames: [null] } } } } },
      { image: 'x'.repeat(1_000_000), serving: {} },
      { image: 'a', serving: { timeout: 'never', scaleOptions: { minReplicas: -1 } } },
    ];
    for (const [index, spec] of poison.entries()) {
      const bad = functionOf(`a-bad-${index}`);
      await on.store.create(functionKind, { ...bad, spec: spec as never, metadata: { ...bad.metadata, annotations: { plugins: '}{' } } });
    }
    await on.store.create(functionKind, { ...functionOf('a-none'), spec: null as never });
    await on.store.create(builderKind, { ...functionOf('b'), kind: 'Builder', spec: { image: 1 } as never } as unknown as Builder);
    await on.store.create(servingKind, {
      ...functionOf('s'),
      kind: 'Serving',
      spec: { template: { hostNetwork: true } } as never,
    } as unknown as Serving);
    await on.store.create(functionKind, functionOf('hello'));
    await on.settle();
    expect(on.errors).toEqual([]);
    expect((await hello(on)).status?.serving?.state).toBe('Running');
    for (const { metadata, status } of (await on.store.list(functionKind)).items.filter(({ metadata: { name } }) => name.startsWith('a-')))
      expect([metadata.name, status?.conditions?.find(({ type }) => type === 'Accepted')]).toMatchObject([
        metadata.name,
        { status: 'False', reason: 'Invalid' },
      ]);
    expect((await on.store.get(servingKind, { namespace: 'demo', name: 's' }))?.status).toMatchObject({
      state: 'Failed',
      reason: 'Invalid',
    });
    expect((await on.store.get(builderKind, { namespace: 'demo', name: 'b' }))?.status).toMatchObject({
      state: 'Failed',
      reason: 'Invalid',
    });
  });

  it('leaves nothing of a namespace that is emptied under it (K8)', async () => {
    const on = await running({ build });
    for (const serving of await servings(on)) await on.store.delete(servingKind, { namespace: 'demo', name: serving.metadata.name });
    await on.store.delete(functionKind, key);
    await on.settle();
    expect(await servings(on)).toEqual([]);
    expect((await on.store.list(builderKind)).items).toEqual([]);
    expect(await on.routes()).toEqual([]);
  });

  it('holds no traffic for a function that waits for somebody else to let it go (K8)', async () => {
    const on = await platform();
    const fn = functionOf('hello');
    await on.store.create(functionKind, { ...fn, metadata: { ...fn.metadata, finalizers: ['other.test/hold'] } });
    await on.settle();
    await on.store.delete(functionKind, key);
    await on.settle();
    expect((await hello(on)).metadata.deletionTimestamp).toBeDefined();
    expect(await on.routes()).toEqual([]);
  });

  it('writes nothing in 100 restarts (K12)', async () => {
    const on = await running({ build });
    await on.store.create(functionKind, functionOf('other', { serving: { triggers: { dapr: [{ name: 'a' }] } } }));
    await on.store.create(functionKind, functionOf('broken'));
    const { pool } = on;
    on.pool = (serving) =>
      serving.metadata.name.startsWith('broken')
        ? { ...idle, verified: false, proven: false, reason: 'LoadFailed', message: 'x' }
        : pool(serving);
    await on.settle();
    const before = await on.revision();
    const told = on.pool;
    for (let restart = 0; restart < 100; restart += 1) {
      await on.restart();
      on.clock.advance(1000);
      // Before the pool speaks, and after.
      on.pool = () => undefined;
      await on.step();
      on.pool = told;
      await on.step();
    }
    expect(await on.revision()).toBe(before);
  });

  it('changes nothing for callers while a new version does not work', async () => {
    const on = await running();
    const [old] = await servings(on);
    on.pool = ({ spec }) => (spec.image.endsWith(':v2') ? { ...idle, proven: false, reason: 'LoadFailed', message: 'It throws.' } : idle);
    await edit(on, (spec) => ({ ...spec, image: 'r.test/hello:v2' }));
    await on.settle();
    expect((await on.routes())[0]?.serving).toBe(`demo/${old!.metadata.name}`);
    expect((await hello(on)).status?.serving).toMatchObject({ state: 'Failed', reason: 'LoadFailed', message: 'It throws.' });
    await on.restart();
    await on.settle();
    expect((await on.routes())[0]?.serving).toBe(`demo/${old!.metadata.name}`);
  });
});

const image = fc.constantFrom('r.test/hello:v1', 'r.test/hello:v2', 'r.test/hello:v3');
const command = fc.oneof(
  fc.record({ does: fc.constant('image' as const), image }),
  fc.record({ does: fc.constant('cpu' as const), cpu: fc.constantFrom('100m', '200m') }),
  fc.record({ does: fc.constant('build' as const), url: fc.constantFrom('https://git.test/x', 'https://git.test/y', undefined) }),
  fc.record({ does: fc.constantFrom('delete' as const, 'create' as const, 'restart' as const, 'step' as const, 'settle' as const) }),
  fc.record({ does: fc.constantFrom('lose serving' as const, 'lose builder' as const, 'relabel' as const) }),
  fc.record({ does: fc.constant('crash' as const), writes: fc.nat(12) }),
  fc.record({
    does: fc.constant('pool' as const),
    says: fc.constantFrom('nothing' as const, 'verified' as const, 'broken' as const, 'fine' as const),
  }),
);
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;
type Edit = Extract<Command, { does: 'image' } | { does: 'cpu' } | { does: 'build' }>;
const isEdit = (step: Command): step is Edit => ['image', 'cpu', 'build'].includes(step.does);

const says = {
  nothing: () => undefined,
  verified: () => ({ ...idle, proven: false }),
  broken: () => ({ ...idle, verified: false, proven: false, reason: 'LoadFailed', message: 'x' }),
  fine: () => idle,
};

async function run(on: Platform, step: Command): Promise<void> {
  if (step.does === 'pool') on.pool = says[step.says];
  else if (step.does === 'step' || step.does === 'settle' || step.does === 'restart') await on[step.does]();
  else if (step.does === 'crash') {
    on.writesLeft = step.writes;
    await on.settle().catch((error: unknown) => expect(error).toBeInstanceOf(Crash));
    on.writesLeft = Infinity;
    await on.restart();
  } else if (step.does === 'create') await on.store.create(functionKind, functionOf('hello')).catch(() => {});
  else if (step.does === 'delete') await on.store.delete(functionKind, key);
  else if (step.does === 'lose serving')
    for (const each of await servings(on)) await on.store.delete(servingKind, { ...key, name: each.metadata.name });
  else if (step.does === 'lose builder')
    for (const each of (await on.store.list(builderKind)).items) await on.store.delete(builderKind, { ...key, name: each.metadata.name });
  else if (step.does === 'relabel')
    for (const each of await servings(on)) await on.store.update(servingKind, { ...each, metadata: { ...each.metadata, labels: {} } });
  else if (isEdit(step) && (await hello(on)) !== undefined) await edit(on, (spec) => edited(spec, step));
}

function edited(spec: OFunction['spec'], step: Edit): OFunction['spec'] {
  if (step.does === 'image') return { ...spec, image: step.image };
  if (step.does === 'build') return { ...spec, build: step.url === undefined ? undefined : { builder: 'b', srcRepo: { url: step.url } } };
  const template = { containers: [{ name: 'function', resources: { limits: { cpu: step.cpu } } }] };
  return { ...spec, serving: { ...spec.serving, template } };
}

/** What callers and users see, without names of builds that are over and without times. */
async function world(on: Platform): Promise<unknown> {
  const fn = await on.store.get(functionKind, key);
  const conditions = fn?.status?.conditions?.map(({ type, status, reason }) => [type, status, reason]);
  const all = await servings(on);
  return {
    servings: all.map(({ metadata, spec, status }) => [metadata.name, spec, status?.state]),
    routes: await on.routes(),
    build: fn?.status?.build?.state,
    serving: [fn?.status?.serving?.state, fn?.status?.serving?.resourceRef],
    conditions,
  };
}

it('comes to the same world whatever users, crashes and restarts did before', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 25 }), async (commands) => {
      const on = await platform();
      await on.store.create(functionKind, functionOf('hello'));
      for (const step of commands) await run(on, step);
      on.pool = says.fine;
      await on.settle();
      const fn = await on.store.get(functionKind, key);
      const fresh = await platform();
      if (fn !== undefined) await fresh.store.create(functionKind, { ...functionOf('hello'), spec: fn.spec });
      await fresh.settle();
      expect(await world(on)).toEqual(await world(fresh));
      const before = await on.revision();
      await on.restart();
      await on.step();
      expect(await on.revision()).toBe(before);
    }),
    { numRuns: 150 },
  );
});
