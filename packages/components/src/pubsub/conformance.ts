import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { done, type Deliver, type Delivery, type Outcome } from '../delivery/delivery.ts';
import type { PubSub, SubscribeOptions } from './pubsub.ts';

export interface PubSubUnderTest {
  /** Opens one more for an app of this name. */
  open(appId: string): Promise<PubSub>;
  /** Makes a topic that publishers and subscribers may use; a new name is enough where brokers make topics themselves. */
  makeTopic?(topic: string): Promise<void>;
  /** Opens the same consumer again, where the broker keeps what one did not finish for that consumer and not for its group. */
  openAgain?(pubsub: PubSub): Promise<PubSub>;
  /** Metadata of messages that keeps them in their order; absent where the broker keeps none. */
  orderedBy?: Record<string, string>;
}

const patience = { timeout: 15_000, interval: 20 };
const retry: Outcome = { kind: 'retry' };
const textOf = ({ data }: Delivery): string => Buffer.from(data).toString();

/** What every broker's component does: each message to each group, told done only when it was handled. */
export function pubsubConformance(under: PubSubUnderTest): void {
  let opened: PubSub[] = [];
  let topic: string;
  const open = async (appId: string): Promise<PubSub> => {
    const pubsub = await under.open(appId);
    opened.push(pubsub);
    return pubsub;
  };
  const again = async (pubsub: PubSub): Promise<PubSub> => {
    const reopened = await under.openAgain?.(pubsub);
    if (reopened === undefined) throw new Error('the consumer cannot be opened again');
    opened.push(reopened);
    return reopened;
  };
  const newApp = (): string => `app-${randomUUID()}`;
  beforeEach(async () => {
    opened = [];
    topic = `topic-${randomUUID()}`;
    await under.makeTopic?.(topic);
  });
  afterEach(async () => {
    await Promise.all(opened.map((each) => each.close()));
  });

  /** Subscribes, and collects what is handed out. */
  async function collect(
    pubsub: PubSub,
    given: Partial<SubscribeOptions> = {},
  ): Promise<{ texts: string[]; deliveries: Delivery[]; subscription: Awaited<ReturnType<PubSub['subscribe']>> }> {
    const deliveries: Delivery[] = [];
    const texts: string[] = [];
    const deliver: Deliver = async (batch) => {
      for (const delivery of batch) {
        deliveries.push(delivery);
        texts.push(textOf(delivery));
      }
      return batch.map(() => done);
    };
    const subscription = await pubsub.subscribe({ topic, deliver, maxInFlight: 10, ...given });
    return { texts, deliveries, subscription };
  }
  const publish = async (pubsub: PubSub, texts: readonly string[], metadata?: Record<string, string>): Promise<void> => {
    for (const text of texts)
      await pubsub.publish({ topic, data: Buffer.from(text), contentType: 'text/plain', metadata: { ...metadata } });
  };
  const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));

  it('hands a message to every group, with all its bytes', async () => {
    const data = Uint8Array.from({ length: 300 }, (_, index) => index % 256);
    const [left, right] = [await open(newApp()), await open(newApp())];
    const [toLeft, toRight] = [await collect(left), await collect(right)];
    await left.publish({ topic, data });
    await vi.waitFor(() => expect([toLeft.texts.length, toRight.texts.length]).toEqual([1, 1]), patience);
    expect(Buffer.from(toRight.deliveries[0]?.data ?? []).equals(data)).toBe(true);
  });

  it('shares the messages among the consumers of one group', async () => {
    const app = newApp();
    const [first, second] = [await collect(await open(app)), await collect(await open(app))];
    await publish(await open(newApp()), numbers(20));
    await vi.waitFor(() => expect(first.texts.length + second.texts.length).toBe(20), patience);
    expect([...first.texts, ...second.texts].map(Number).toSorted((a, b) => a - b)).toEqual(numbers(20).map(Number));
  });

  it('keeps topics apart', async () => {
    const pubsub = await open(newApp());
    const other = `topic-${randomUUID()}`;
    await under.makeTopic?.(other);
    const [here, there] = [await collect(pubsub), await collect(pubsub, { topic: other })];
    await publish(pubsub, ['here']);
    await pubsub.publish({ topic: other, data: Buffer.from('there') });
    await vi.waitFor(() => expect([here.texts, there.texts]).toEqual([['here'], ['there']]), patience);
  });

  it('hands a message out again until it is done, and counts', async () => {
    const pubsub = await open(newApp());
    const attempts: number[] = [];
    const ids = new Set<string | undefined>();
    await pubsub.subscribe({
      topic,
      maxInFlight: 5,
      deliver: async ([delivery]) => {
        attempts.push(delivery?.attempt ?? 0);
        ids.add(delivery?.id);
        return [attempts.length < 3 ? retry : done];
      },
    });
    await publish(pubsub, ['again']);
    await vi.waitFor(() => expect(attempts).toHaveLength(3), patience);
    expect(attempts).toEqual([1, 2, 3]);
    expect(ids.size).toBe(1);
  });

  it('takes a handler that throws for one that wants the message again', async () => {
    const pubsub = await open(newApp());
    let calls = 0;
    await pubsub.subscribe({
      topic,
      maxInFlight: 5,
      deliver: async () => {
        if (++calls === 1) throw new Error('the handler broke');
        return [done];
      },
    });
    await publish(pubsub, ['again']);
    await vi.waitFor(() => expect(calls).toBe(2), patience);
  });

  it('lets the others pass while one comes again, where there is no order', async () => {
    const pubsub = await open(newApp());
    const handled = new Set<string>();
    await pubsub.subscribe({
      topic,
      maxInFlight: 5,
      deliver: async (batch) =>
        batch.map((delivery) => {
          if (textOf(delivery) === 'poison') return retry;
          handled.add(textOf(delivery));
          return done;
        }),
    });
    // Each with a key of its own, so that a broker that keeps order may let them pass.
    for (const text of ['poison', 'fine', 'well']) await publish(pubsub, [text], { partitionKey: text });
    await vi.waitFor(() => expect(handled).toEqual(new Set(['fine', 'well'])), patience);
  });

  it('holds no more than was allowed, and goes on as they are done', async () => {
    const pubsub = await open(newApp());
    const open3: (() => void)[] = [];
    let most = 0;
    let now = 0;
    let handled = 0;
    await pubsub.subscribe({
      topic,
      maxInFlight: 3,
      deliver: async (batch) => {
        now += batch.length;
        most = Math.max(most, now);
        await new Promise<void>((resolve) => open3.push(resolve));
        now -= batch.length;
        handled += batch.length;
        return batch.map(() => done);
      },
    });
    for (const text of numbers(12)) await publish(pubsub, [text], { partitionKey: text });
    await vi.waitFor(() => expect(open3.length).toBeGreaterThan(0), patience);
    await vi.waitFor(() => {
      for (const end of open3.splice(0)) end();
      expect(handled).toBe(12);
    }, patience);
    expect(most).toBeLessThanOrEqual(3);
  });

  it('hands out nothing while it is paused, and loses nothing', async () => {
    const pubsub = await open(newApp());
    const { texts, subscription } = await collect(pubsub);
    await publish(pubsub, ['before']);
    await vi.waitFor(() => expect(texts).toEqual(['before']), patience);
    subscription.pause();
    const other = await collect(await open(newApp()));
    await publish(pubsub, ['while']);
    await vi.waitFor(() => expect(other.texts).toContain('while'), patience);
    expect(texts).toEqual(['before']);
    subscription.resume();
    await vi.waitFor(() => expect(texts).toEqual(['before', 'while']), patience);
  });

  it('gathers a batch, and takes an outcome for each of it', async () => {
    const pubsub = await open(newApp());
    const batches: string[][] = [];
    const failedOnce = new Set<string>();
    await pubsub.subscribe({
      topic,
      maxInFlight: 50,
      batch: { max: 5, waitMs: 200 },
      deliver: async (batch) => {
        batches.push(batch.map(textOf));
        return batch.map((delivery) => {
          const text = textOf(delivery);
          if (text !== '3' || failedOnce.has(text)) return done;
          failedOnce.add(text);
          return retry;
        });
      },
    });
    await publish(pubsub, numbers(10));
    await vi.waitFor(() => expect(batches.flat().filter((text) => text === '3')).toHaveLength(2), patience);
    await vi.waitFor(() => expect(new Set(batches.flat()).size).toBe(10), patience);
    expect(batches.flat()).toHaveLength(11);
    expect(Math.max(...batches.map((batch) => batch.length))).toBeGreaterThan(1);
    expect(Math.max(...batches.map((batch) => batch.length))).toBeLessThanOrEqual(5);
  });

  it('waits at its end for what is being handled', async () => {
    const pubsub = await open(newApp());
    let finish = (): void => {};
    let isStarted = false;
    const subscription = await pubsub.subscribe({
      topic,
      maxInFlight: 1,
      deliver: async () => {
        isStarted = true;
        await new Promise<void>((resolve) => (finish = resolve));
        return [done];
      },
    });
    await publish(pubsub, ['one']);
    await vi.waitFor(() => expect(isStarted).toBe(true), patience);
    let isClosed = false;
    const closing = subscription.close().then(() => (isClosed = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isClosed).toBe(false);
    finish();
    await closing;
    expect(isClosed).toBe(true);
  });

  it('gives to another of the group, or to the same consumer, what a consumer did not finish', async () => {
    const app = newApp();
    let isStarted = false;
    const stuck = await open(app);
    const subscription = await stuck.subscribe({
      topic,
      maxInFlight: 1,
      deliver: () => {
        isStarted = true;
        return new Promise(() => {});
      },
    });
    await publish(await open(newApp()), ['unfinished']);
    await vi.waitFor(() => expect(isStarted).toBe(true), patience);
    const another = under.openAgain === undefined ? await collect(await open(app)) : undefined;
    await subscription.close(AbortSignal.abort());
    await stuck.close();
    const next = another ?? (await collect(await again(stuck)));
    await vi.waitFor(() => expect(next.texts).toEqual(['unfinished']), patience);
  });

  it('counts what the group has not done, where it can tell', async () => {
    const pubsub = await open(newApp());
    const ends: (() => void)[] = [];
    const subscription = await pubsub.subscribe({
      topic,
      maxInFlight: 2,
      deliver: async (batch) => {
        await new Promise<void>((resolve) => ends.push(resolve));
        return batch.map(() => done);
      },
    });
    if (subscription.backlog === undefined) return;
    const { backlog } = subscription;
    for (const text of numbers(6)) await publish(pubsub, [text], { partitionKey: text });
    await vi.waitFor(async () => expect(await backlog(AbortSignal.timeout(5_000))).toBe(6), patience);
    await vi.waitFor(async () => {
      for (const end of ends.splice(0)) end();
      expect(await backlog(AbortSignal.timeout(5_000))).toBe(0);
    }, patience);
  });

  it('keeps the order of a key, even when one of it comes again', async (context) => {
    if (under.orderedBy === undefined) return context.skip('this source keeps no order: its messages are handled side by side');
    const pubsub = await open(newApp());
    const handled: string[] = [];
    let hasFailed = false;
    await pubsub.subscribe({
      topic,
      maxInFlight: 20,
      deliver: async ([delivery]) => {
        const text = delivery === undefined ? '' : textOf(delivery);
        // Leaves the turn, so that an unordered source would overtake.
        await new Promise((resolve) => setImmediate(resolve));
        if (text === '3' && !hasFailed) {
          hasFailed = true;
          return [retry];
        }
        handled.push(text);
        return [done];
      },
    });
    await publish(pubsub, numbers(15), under.orderedBy);
    await vi.waitFor(() => expect(handled).toEqual(numbers(15)), patience);
  });

  it('says that it is well while it is open', async () => {
    await expect((await open(newApp())).ping()).resolves.toBeUndefined();
  });
}
