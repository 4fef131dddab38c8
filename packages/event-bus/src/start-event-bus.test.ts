import { MessagingError } from '@openfunction/messaging';
import { functionKind, secretKind, servingKind } from '@openfunction/resources';
import { memoryStore, type Store } from '@openfunction/store';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { busWorld, type BusWorld } from './testing/bus-world.ts';

const topic = {
  pubsub: { orders: { type: 'pubsub.redis', metadata: [{ name: 'redisHost', value: 'redis:6379' }] } },
  triggers: { dapr: [{ name: 'orders', topic: 'made' }] },
};
const away = new MessagingError('ComponentUnavailable', 'Nobody answers at redis:6379.');
const patience = { timeout: 10_000 };

let leading: boolean;
let world: BusWorld;
beforeEach(() => {
  leading = true;
  world = busWorld({ leading: () => leading });
});
afterEach(() => world.started.close(1_000));

const ids = (): string[] => world.bus.now().map(({ app }) => app.id);
const isReady = (): Promise<void> => expect.poll(() => world.started.isReady(), patience).toBe(true);
const said = async (): Promise<unknown[]> =>
  (await world.said()).map(({ serving, isDelivering, reason }) => (isDelivering ? serving : `${serving} ${reason}`));
/** Time for what is due at once: nothing is to happen by it. */
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
};

describe('the event bus', () => {
  it('connects each function that has to do with messages or state, and no other', async () => {
    await world.deploy('a', topic);
    await world.deploy('b', { states: { cart: { spec: { type: 'state.redis' } } } });
    await world.deploy('plain', { triggers: { http: {} } });
    await world.deploy('off', { ...topic, annotations: { 'openfunction.io/enable-dapr': 'false' } });
    await expect.poll(() => ids().toSorted(), patience).toEqual(['a-shop', 'b-shop']);
    await isReady();
    expect((await said()).toSorted()).toEqual(['shop/a-v1', 'shop/b-v1']);
    expect(world.bus.opened.find(({ app }) => app.id === 'a-shop')?.app).toMatchObject({
      authority: 'a.shop.svc.cluster.local',
      topics: [{ component: 'orders', topic: 'made' }],
      delivers: true,
    });
  });

  it('serves the functions of one namespace when another cannot be read, and watches each once', async () => {
    const store = memoryStore();
    const watched: (string | undefined)[] = [];
    const some: Store = {
      ...store,
      list: async (kind, within) => {
        if (within?.namespace === 'gone') throw new Error('forbidden');
        return store.list(kind, within);
      },
      watch: (kind, within) => {
        watched.push(within?.namespace);
        return store.watch(kind, within);
      },
    };
    const other = busWorld({ store: some, namespaces: ['gone', 'shop'] });
    await other.deploy('a', topic);
    await expect.poll(() => other.bus.now().map(({ app }) => app.id), patience).toEqual(['a-shop']);
    await expect.poll(() => other.started.isReady(), patience).toBe(true);
    for (let turn = 0; turn < 5; turn++) {
      other.clock.advance(10_000);
      await settled();
    }
    expect(watched).toEqual(['shop']);
    expect(JSON.stringify(other.logged)).toContain('functions');
    await other.started.close(1_000);
  });

  it('is ready at once where there is no function', async () => {
    await isReady();
  });

  it('says nothing of a function before its components are open or known not to be', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    world.bus.opening = () => promise;
    await world.deploy('a', topic);
    await expect.poll(() => world.bus.attempts, patience).toBe(1);
    expect(await said()).toEqual([]);
    world.bus.refuse = () => away;
    resolve();
    await expect.poll(said, patience).toEqual(['shop/a-v1 ComponentUnavailable']);
  });

  it('says that messages come once every source is open, and at once what is in the way of one', async () => {
    const two = [...topic.triggers.dapr, { name: 'orders', topic: 'paid' }];
    world.bus.listen = ({ told }) => told('orders/made', undefined);
    await world.deploy('a', { ...topic, triggers: { dapr: two } });
    await expect.poll(ids, patience).toEqual(['a-shop']);
    await settled();
    expect(await said()).toEqual([]);
    world.bus.now()[0]?.told('orders/paid', away);
    expect(await said()).toEqual(['shop/a-v1 ComponentUnavailable']);
    world.bus.now()[0]?.told('orders/paid', undefined);
    expect(await said()).toEqual(['shop/a-v1']);
  });

  it('opens an app anew when its components change, after it let go of the old one', async () => {
    await world.deploy('a', topic);
    await expect.poll(ids, patience).toEqual(['a-shop']);
    const open: number[] = [];
    world.bus.opening = async () => void open.push(world.bus.now().length);
    const moved = { orders: { type: 'pubsub.redis', metadata: [{ name: 'redisHost', value: 'other:6379' }] } };
    await world.deploy('a', { ...topic, pubsub: moved }, 'v2');
    await expect.poll(() => world.bus.opened.length, patience).toBe(2);
    await expect.poll(said, patience).toEqual(['shop/a-v2']);
    expect(open).toEqual([0]);
    expect(world.bus.now()[0]?.app.components[0]?.metadata).toEqual([{ name: 'redisHost', value: 'other:6379' }]);
  });

  it('keeps the app of a function open when a version takes over whose messages come the same way', async () => {
    await world.deploy('a', topic);
    await expect.poll(said, patience).toEqual(['shop/a-v1']);
    const [open] = world.bus.now();
    open!.sources = [{ name: 'orders/made', pause: () => {}, resume: () => {}, backlog: async () => 7 }];
    await world.deploy('a', { ...topic, image: 'another' }, 'v2');
    await expect.poll(said, patience).toEqual(['shop/a-v2']);
    expect([world.bus.attempts, open?.isClosed]).toEqual([1, false]);
    // What waits is told of the version that is to take it.
    world.clock.advance(500);
    await expect.poll(() => world.reports.at(-1)?.servings, patience).toMatchObject([{ serving: 'shop/a-v2' }]);
  });

  it('opens the app of an image anew with each version, since nothing is known of what that takes, and says so of it', async () => {
    const image = [
      { type: 'Pooled', status: 'False', reason: 'ServesByItself', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' },
    ] as const;
    const http = { ...topic, annotations: { 'dapr.io/app-protocol': 'http' } };
    const images = (): unknown[] => world.bus.now().map(({ app }) => app.image);
    const first = await world.deploy('a', http);
    await expect.poll(said, patience).toEqual(['shop/a-v1']);
    expect(images()).toEqual([undefined]);
    const serving = { lastSuccessfulResourceRef: 'a-v1', resourceRef: 'a-v1' };
    await world.store.updateStatus(functionKind, { ...first, status: { serving, conditions: [...image] } });
    await expect.poll(images, patience).toEqual([{ serving: 'shop/a-v1', protocol: 'http' }]);
    // What the Function says is of its newest version alone.
    await world.deploy('a', http, 'v2');
    await expect.poll(said, patience).toEqual(['shop/a-v2']);
    expect(images()).toEqual([undefined]);
    const second = await world.store.get(servingKind, { namespace: 'shop', name: 'a-v2' });
    await world.store.updateStatus(servingKind, { ...second!, status: { conditions: [...image] } });
    world.clock.advance(60_000);
    await expect.poll(images, patience).toEqual([{ serving: 'shop/a-v2', protocol: 'http' }]);
  });

  it('sees at its next look that a Secret has changed, and that one is gone', async () => {
    const metadata = [{ name: 'redisPassword', secretKeyRef: { name: 'redis', key: 'password' } }];
    const passwords = (): unknown[] => world.bus.now().map(({ app }) => app.components[0]?.metadata[0]?.value);
    await world.deploy('a', { ...topic, pubsub: { orders: { type: 'pubsub.redis', metadata } } });
    await expect.poll(said, patience).toEqual(['shop/a-v1 SecretNotFound']);
    await world.putSecret('redis', { password: 'one' });
    world.clock.advance(60_000);
    await expect.poll(passwords, patience).toEqual(['one']);
    expect(await said()).toEqual(['shop/a-v1']);
    await world.putSecret('redis', { password: 'two' });
    await settled();
    expect(passwords()).toEqual(['one']);
    world.clock.advance(60_000);
    await expect.poll(passwords, patience).toEqual(['two']);
    // It works on with what it has, and says what the next start would say.
    await world.store.delete(secretKind, { namespace: 'shop', name: 'redis' });
    world.clock.advance(60_000);
    await expect.poll(said, patience).toEqual(['shop/a-v1 SecretNotFound']);
    expect(passwords()).toEqual(['two']);
    await world.putSecret('redis', { password: 'two' });
    world.clock.advance(60_000);
    await expect.poll(said, patience).toEqual(['shop/a-v1']);
    expect(world.bus.attempts).toBe(2);
  });

  it('closes the app of a function that is deleted, or has nothing to do with messages any more', async () => {
    await world.deploy('a', topic);
    await world.deploy('b', topic);
    await expect.poll(() => ids().length, patience).toBe(2);
    await world.store.delete(functionKind, { namespace: 'shop', name: 'a' });
    await expect.poll(ids, patience).toEqual(['b-shop']);
    await world.deploy('b', { triggers: { http: {} } }, 'v2');
    await expect.poll(ids, patience).toEqual([]);
    expect(await said()).toEqual([]);
  });

  it('forgets a function that it could not connect, when that is deleted', async () => {
    world.bus.refuse = () => away;
    await world.deploy('a', topic);
    await expect.poll(said, patience).toEqual(['shop/a-v1 ComponentUnavailable']);
    await world.store.delete(functionKind, { namespace: 'shop', name: 'a' });
    await expect.poll(said, patience).toEqual([]);
  });

  it('tries again with longer and longer pauses what cannot be opened, until it can', async () => {
    world.bus.refuse = () => away;
    await world.deploy('a', topic);
    await expect.poll(() => world.bus.attempts, patience).toBe(1);
    const pauses: number[] = [];
    for (let attempts = 1; attempts < 6; attempts++) {
      await expect.poll(said, patience).toEqual(['shop/a-v1 ComponentUnavailable']);
      const before = world.clock.now();
      while (world.bus.attempts === attempts && world.clock.now() - before < 59_000) {
        world.clock.advance(25);
        await settled();
      }
      pauses.push(world.clock.now() - before);
    }
    for (const [index, pause] of pauses.entries()) if (index > 0) expect(pause).toBeGreaterThan(pauses[index - 1]! * 1.5);
    world.bus.refuse = () => undefined;
    world.clock.advance(60_000);
    await expect.poll(said, patience).toEqual(['shop/a-v1']);
    expect(world.logged).toEqual([]);
  });

  it('tells of a source that cannot be had, and when it can be had again, and no more once it is closed', async () => {
    await world.deploy('a', topic);
    await expect.poll(said, patience).toEqual(['shop/a-v1']);
    const [open] = world.bus.now();
    open?.told('orders/made', away);
    open?.told('orders/other', new MessagingError('ComponentInvalid', 'There is no topic "other".'));
    expect(await said()).toEqual(['shop/a-v1 ComponentUnavailable']);
    open?.told('orders/made', undefined);
    expect(await said()).toEqual(['shop/a-v1 ComponentInvalid']);
    open?.told('orders/other', undefined);
    expect(await said()).toEqual(['shop/a-v1']);
    await world.deploy('a', { ...topic, scaleOptions: { maxReplicas: 1 } }, 'v2');
    await expect.poll(said, patience).toEqual(['shop/a-v2']);
    open?.told('orders/made', away);
    expect(await said()).toEqual(['shop/a-v2']);
  });

  it('says that messages come when only what waits cannot be measured, and why', async () => {
    await world.deploy('a', topic);
    await expect.poll(said, patience).toEqual(['shop/a-v1']);
    const [open] = world.bus.now();
    open?.told('measuring lag', new MessagingError('ScalerUnavailable', 'No answer.'));
    expect(await world.said()).toMatchObject([{ isDelivering: true, reason: 'ScalerUnavailable', message: 'No answer.' }]);
    open?.told('orders/made', away);
    expect(await said()).toEqual(['shop/a-v1 ComponentUnavailable']);
  });

  it('brings messages where it leads, and elsewhere serves the API of the building blocks alone', async () => {
    leading = false;
    await world.deploy('a', topic);
    await expect.poll(() => world.bus.now().map(({ app }) => app.delivers), patience).toEqual([false]);
    leading = true;
    world.started.leadingChanged();
    await expect.poll(() => world.bus.now().map(({ app }) => app.delivers), patience).toEqual([true]);
    leading = false;
    world.started.leadingChanged();
    await expect.poll(() => world.bus.now().map(({ app }) => app.delivers), patience).toEqual([false]);
  });

  it('leaves no moment without components when it begins to lead', async () => {
    leading = false;
    await world.deploy('a', topic);
    await expect.poll(ids, patience).toEqual(['a-shop']);
    const opening = Promise.withResolvers<void>();
    world.bus.opening = () => opening.promise;
    leading = true;
    world.started.leadingChanged();
    await expect.poll(() => world.bus.attempts, patience).toBe(2);
    await settled();
    expect(world.bus.now().map(({ app }) => app.delivers)).toEqual([false]);
    opening.resolve();
    await expect.poll(() => world.bus.now().map(({ app }) => app.delivers), patience).toEqual([true]);
  });

  it('waits at the end for what is under way, and takes nothing new', async () => {
    await world.deploy('a', topic);
    await expect.poll(ids, patience).toEqual(['a-shop']);
    const underWay = Promise.withResolvers<void>();
    world.bus.closing = () => underWay.promise;
    let isClosed = false;
    const closed = world.started.close(60_000).then(() => (isClosed = true));
    await world.deploy('late', topic);
    await settled();
    expect([isClosed, world.bus.attempts]).toEqual([false, 1]);
    underWay.resolve();
    await closed;
    expect(world.bus.now()).toEqual([]);
  });

  it('waits at the end no longer than it may, and lets go of what is open only then', async () => {
    const opening = Promise.withResolvers<void>();
    world.bus.opening = () => opening.promise;
    await world.deploy('a', topic);
    await expect.poll(() => world.bus.attempts, patience).toBe(1);
    await world.started.close(10);
    opening.resolve();
    await expect.poll(() => world.bus.opened.map(({ isClosed }) => isClosed), patience).toEqual([true]);
  });

  it('tells whoever listens of each change, and of the newest of many', async () => {
    const abort = new AbortController();
    const updates = world.started.service.watchDeliveries({}, abort.signal)[Symbol.asyncIterator]();
    const next = async (): Promise<unknown> => (await updates.next()).value;
    expect(await next()).toEqual({ snapshotEnd: {} });
    await world.deploy('a', topic);
    expect(await next()).toMatchObject({ state: { serving: 'shop/a-v1', isDelivering: true, reason: '' } });
    const [open] = world.bus.now();
    open?.told('orders/made', away);
    open?.told('orders/made', undefined);
    open?.told('orders/made', new MessagingError('ComponentInvalid', 'No.'));
    expect(await next()).toMatchObject({ state: { isDelivering: false, reason: 'ComponentInvalid', message: 'No.' } });
    await world.store.delete(functionKind, { namespace: 'shop', name: 'a' });
    expect(await next()).toEqual({ removed: 'shop/a-v1' });
    abort.abort();
    expect((await updates.next()).done).toBe(true);
  });
});

it('connects the functions of its namespaces alone', async () => {
  const elsewhere = busWorld({ namespaces: ['other'] });
  await elsewhere.deploy('a', topic);
  await expect.poll(() => elsewhere.started.isReady(), patience).toBe(true);
  expect(elsewhere.bus.attempts).toBe(0);
  await elsewhere.started.close(1_000);
});

it('knows of 1,000 functions whether they are connected, though every tenth cannot be', async () => {
  const many = busWorld();
  many.bus.refuse = ({ id }) => (id.endsWith('0-shop') ? away : undefined);
  for (let number = 0; number < 1_000; number++) await many.deploy(`f${number}`, topic);
  await expect.poll(async () => (await many.said()).length, { timeout: 60_000 }).toBe(1_000);
  const states = await many.said();
  expect([many.bus.now().length, states.filter(({ isDelivering }) => !isDelivering).length]).toEqual([900, 100]);
  await many.started.close(10_000);
  expect(many.bus.now()).toEqual([]);
}, 120_000);
