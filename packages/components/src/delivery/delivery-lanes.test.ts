import { manualClock, type ManualClock } from '@openfunction/reconcile';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backOffMs } from './back-off.ts';
import { done, type Deliver, type Outcome } from './delivery.ts';
import { deliveryLanes, type DeliveryLanes, type LanesOptions, type Offered } from './delivery-lanes.ts';

const retry: Outcome = { kind: 'retry' };
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

function lanesOf(given: Partial<LanesOptions> & { deliver: Deliver }): { lanes: DeliveryLanes; clock: ManualClock } {
  const clock = manualClock();
  return { lanes: deliveryLanes({ maxInFlight: 10, retry: 'here', random: () => 0.5, onError: () => {}, clock, ...given }), clock };
}

function offered(text: string, told: string[] = [], lane?: string): Offered {
  const message = { id: text, data: Buffer.from(text), metadata: {} };
  return { message, settle: ({ kind }) => void told.push(`${text} ${kind}`), ...(lane === undefined ? {} : { lane }) };
}

describe('deliveryLanes', () => {
  it('settles each message once, in the order of its lane, whatever fails in between', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ lane: fc.constantFrom('a', 'b', undefined), failures: fc.nat(3) }), { maxLength: 30 }),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 4 }),
        async (messages, maxInFlight, max) => {
          const told: string[] = [];
          const handled = new Map<string | undefined, number[]>();
          const left = messages.map(({ failures }) => failures);
          const running = new Set<string>();
          let most = 0;
          const { lanes, clock } = lanesOf({
            maxInFlight,
            batch: { max, waitMs: 0 },
            deliver: async (batch) => {
              const inBatch = new Set(batch.map(({ metadata }) => metadata['lane']).filter((lane) => lane !== undefined));
              for (const lane of inBatch) {
                expect(running.has(lane)).toBe(false);
                running.add(lane);
              }
              most = Math.max(most, lanes.held);
              await Promise.resolve();
              for (const lane of inBatch) running.delete(lane);
              return batch.map(({ id, metadata }) => {
                const index = Number(id);
                if ((left[index] ?? 0) > 0) {
                  left[index] = (left[index] ?? 0) - 1;
                  return retry;
                }
                handled.set(metadata['lane'], [...(handled.get(metadata['lane']) ?? []), index]);
                return done;
              });
            },
          });
          const offering = (async () => {
            for (const [index, { lane }] of messages.entries()) {
              await lanes.room();
              const one = offered(String(index), told, lane);
              lanes.offer({ ...one, message: { ...one.message, metadata: lane === undefined ? {} : { lane } } });
            }
          })();
          for (let turn = 0; turn < messages.length * 5 + 5 && told.length < messages.length; turn++) {
            await settled();
            clock.advance(30_000);
          }
          await offering;
          expect(told.toSorted()).toEqual(messages.map((_, index) => `${index} done`).toSorted());
          expect(most).toBeLessThanOrEqual(maxInFlight);
          // Within a batch the others of a lane are already through when one of it comes again.
          if (max === 1)
            for (const lane of ['a', 'b']) expect(handled.get(lane) ?? []).toEqual((handled.get(lane) ?? []).toSorted((x, y) => x - y));
          expect(lanes.held).toBe(0);
        },
      ),
    );
  });

  it('handles lanes beside each other though the first has more than may be in flight, and never more than that', async () => {
    const running: string[] = [];
    const answers: (() => void)[] = [];
    const { lanes } = lanesOf({
      maxInFlight: 3,
      readAhead: { messages: 100, bytes: 1_000_000 },
      deliver: async ([message]) => {
        running.push(message!.id!);
        await new Promise<void>((resolve) => answers.push(resolve));
        return [done];
      },
    });
    for (const lane of ['a', 'b', 'c', 'd'])
      for (let index = 0; index < 5; index++) {
        expect(await lanes.room()).toBeGreaterThan(0);
        lanes.offer(offered(`${lane}${index}`, [], lane));
      }
    await settled();
    expect(running).toEqual(['a0', 'b0', 'c0']);
    answers[0]!();
    await settled();
    // Whoever waited longest is next, and not the lane that was just handled.
    expect(running).toEqual(['a0', 'b0', 'c0', 'd0']);
  });

  it('reads no further ahead than so many messages and bytes', async () => {
    const { lanes } = lanesOf({ maxInFlight: 1, readAhead: { messages: 2, bytes: 4 }, deliver: () => new Promise(() => {}) });
    const isFull = async (): Promise<boolean> => {
      const full = Symbol('full');
      return (await Promise.race([lanes.room(), settled().then(() => full)])) === full;
    };
    for (const text of ['a', 'b']) lanes.offer(offered(text, [], 'x'));
    expect(await lanes.room()).toBe(1);
    lanes.offer(offered('c', [], 'x'));
    expect(await isFull()).toBe(true);
    const { lanes: large } = lanesOf({ maxInFlight: 1, readAhead: { messages: 9, bytes: 4 }, deliver: () => new Promise(() => {}) });
    large.offer(offered('12345', [], 'x'));
    expect(await Promise.race([large.room(), settled().then(() => 'full')])).toBe('full');
  });

  it('tells the source at once where the source redelivers', async () => {
    const told: string[] = [];
    const { lanes } = lanesOf({ retry: 'source', deliver: async () => [retry] });
    lanes.offer(offered('a', told));
    await settled();
    expect(told).toEqual(['a retry']);
  });

  it('waits longer after each failure, never more than half a minute', () => {
    const waits = Array.from({ length: 40 }, (_, index) => backOffMs({ firstMs: 100, maxMs: 30_000 }, index + 1, 0.5));
    expect(waits.slice(0, 3)).toEqual([75, 150, 300]);
    expect(Math.max(...waits)).toBe(22_500);
  });

  it('lets a batch go when its time is over, although it is not full', async () => {
    const sizes: number[] = [];
    const { lanes, clock } = lanesOf({
      batch: { max: 5, waitMs: 100 },
      deliver: async (batch) => {
        sizes.push(batch.length);
        return batch.map(() => done);
      },
    });
    for (const text of ['a', 'b']) lanes.offer(offered(text));
    clock.advance(99);
    expect(sizes).toEqual([]);
    clock.advance(1);
    expect(sizes).toEqual([2]);
    for (const text of ['c', 'd', 'e', 'f', 'g', 'h']) lanes.offer(offered(text));
    expect(sizes).toEqual([2, 5]);
  });

  it('gives back at its end what waits, and after the signal what runs', async () => {
    const told: string[] = [];
    const signals: AbortSignal[] = [];
    let answer = (_outcomes: Outcome[]): void => {};
    const { lanes } = lanesOf({
      deliver: (_batch, signal) => {
        signals.push(signal);
        return new Promise((resolve) => (answer = resolve));
      },
    });
    lanes.offer(offered('running', told, 'a'));
    lanes.offer(offered('waiting', told, 'a'));
    const end = new AbortController();
    const closing = lanes.close(end.signal);
    await settled();
    expect(told).toEqual(['waiting retry']);
    end.abort();
    await closing;
    expect(told).toEqual(['waiting retry', 'running retry']);
    expect(signals[0]?.aborted).toBe(true);
    // Too late: another may have it by now.
    answer([done]);
    await settled();
    expect(told).toHaveLength(2);
    expect(await lanes.room()).toBe(0);
  });

  it('gives back a lane that is withdrawn, and hands out nothing of it until its handler has ended', async () => {
    const told: string[] = [];
    const started: string[] = [];
    const ends: (() => void)[] = [];
    const { lanes } = lanesOf({
      deliver: async (batch) => {
        started.push(...batch.map(({ id }) => String(id)));
        await new Promise<void>((resolve) => ends.push(resolve));
        return batch.map(() => done);
      },
    });
    for (const text of ['a1', 'a2']) lanes.offer(offered(text, told, 'a'));
    lanes.offer(offered('b1', told, 'b'));
    await lanes.withdraw('a');
    expect(told.toSorted()).toEqual(['a1 retry', 'a2 retry']);
    lanes.offer(offered('a1 again', told, 'a'));
    expect(started).toEqual(['a1', 'b1']);
    for (const end of ends.splice(0)) end();
    await settled();
    expect(started).toEqual(['a1', 'b1', 'a1 again']);
    ends.pop()?.();
    await settled();
    expect(told.toSorted()).toEqual(['a1 again done', 'a1 retry', 'a2 retry', 'b1 done']);
  });

  it('withdraws a lane whose message waits for its next turn', async () => {
    const told: string[] = [];
    const { lanes, clock } = lanesOf({ deliver: async () => [retry] });
    lanes.offer(offered('a', told, 'a'));
    await settled();
    await lanes.withdraw('a');
    clock.advance(60_000);
    await settled();
    expect([told, lanes.held]).toEqual([['a retry'], 0]);
  });

  it('goes on when telling the source failed', async () => {
    const errors: unknown[] = [];
    const { lanes } = lanesOf({ maxInFlight: 1, deliver: async () => [done], onError: (error) => errors.push(error) });
    lanes.offer({ ...offered('a'), settle: () => Promise.reject(new Error('gone')) });
    expect(await lanes.room()).toBe(1);
    expect(errors).toHaveLength(1);
  });
});
