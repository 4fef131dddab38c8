import { beforeEach, describe, expect, it } from 'vitest';
import { Slots, type SlotInstance, type SlotRefusal, type Waiter } from './slots.ts';

const limits = { waiting: 10, waitingPerServing: 5, coldWaitMs: 1_000, schedulerAbsenceMs: 600_000, reconcileMs: 15_000 };
let now: number;
let demands: [string, number][];
let slots: Slots;

beforeEach(() => {
  now = 1_000_000;
  demands = [];
  slots = new Slots({ demand: (serving, waiting) => demands.push([serving, waiting]), limits, now: () => now });
});

interface Asker extends Waiter {
  got: SlotInstance | undefined;
  refused: SlotRefusal | undefined;
}

function ask(not?: SlotInstance): Asker {
  const asker: Asker = {
    got: undefined,
    refused: undefined,
    onSlot: (instance) => (asker.got = instance),
    onNoSlot: (refusal) => (asker.refused = refusal),
  };
  slots.borrow('n/s', asker, now, not);
  return asker;
}

function grant(instance: string, count: number, forMs = 15_000): void {
  slots.apply({
    kind: 'grant',
    serving: 'n/s',
    instance,
    endpoint: { kind: 'unix', path: `/${instance}` },
    slots: count,
    expiresAt: now + forMs,
  });
}

function pass(ms: number): void {
  now += ms;
  slots.sweep();
}

describe('slots', () => {
  it('are never used above what was granted, and go on to who waits longest', () => {
    grant('a', 1);
    const [first, second, third] = [ask(), ask(), ask()];
    expect([first.got?.id, second.got, third.got]).toEqual(['a', undefined, undefined]);
    slots.release(first.got!, 'well', now);
    expect([second.got?.id, third.got]).toEqual(['a', undefined]);
  });

  it('end with the lease of their instance', () => {
    grant('a', 1);
    pass(15_001);
    expect(ask().got).toBeUndefined();
  });

  it('make one demand of all who come in one turn, and the last number is the true one', async () => {
    for (let count = 0; count < 4; count++) ask();
    await Promise.resolve();
    expect(demands).toEqual([['n/s', 4]]);
  });

  it('are waited for by a bounded number, and the rest is told to come again', () => {
    const all = Array.from({ length: 500 }, () => ask());
    const refused = all.filter((one) => one.refused?.code === 'QueueFull' && one.refused.retryAfterSeconds > 0);
    expect(refused).toHaveLength(495);
    grant('a', 100);
    expect(all.filter((one) => one.got !== undefined)).toHaveLength(5);
  });

  it('are waited for by as many as the function says, where it says it', () => {
    const asked = (): SlotRefusal | undefined => {
      const asker: Asker = {
        queueLength: 2,
        got: undefined,
        refused: undefined,
        onSlot: () => undefined,
        onNoSlot: (why) => (asker.refused = why),
      };
      slots.borrow('n/s', asker, now);
      return asker.refused;
    };
    expect([asked(), asked(), asked()?.code]).toEqual([undefined, undefined, 'QueueFull']);
  });

  it('of an instance that took no connection are not used again until it is granted anew', () => {
    grant('a', 5);
    const first = ask();
    slots.release(first.got!, 'unreachable', now);
    const second = ask();
    expect(second.got).toBeUndefined();
    expect(slots.takeLoads()[0]?.instances).toEqual([{ instance: 'a', inFlight: 0, failures: 1 }]);
    grant('a', 5);
    expect(second.got?.id).toBe('a');
  });

  it('of an instance that refused a request are left to others for a second, and used when there is no other', () => {
    grant('a', 1);
    const first = ask();
    slots.release(first.got!, 'failed', now);
    const again = ask(first.got);
    expect(again.got).toBeUndefined();
    pass(999);
    expect(again.got).toBeUndefined();
    pass(1);
    expect(again.got?.id).toBe('a');
  });

  it('of another instance are used at once by who was refused by the first', () => {
    grant('a', 2);
    const first = ask();
    slots.release(first.got!, 'failed', now);
    const again = ask(first.got);
    grant('b', 1);
    expect(again.got?.id).toBe('b');
    pass(2000);
    expect(ask().got?.id).toBe('a');
  });
});

describe('while no scheduler can be reached', () => {
  const link = (isUp: boolean): void => slots.apply({ kind: 'link', isUp });

  it('granted slots stay good for ten minutes, and not longer', () => {
    grant('a', 1);
    pass(5_000);
    link(false);
    pass(599_999);
    const asker = ask();
    expect(asker.got?.id).toBe('a');
    slots.release(asker.got!, 'well', now);
    pass(2);
    expect(ask().got).toBeUndefined();
  });

  it('slots that had ended before do not come back', () => {
    grant('a', 1, 100);
    now += 200;
    link(false);
    expect(ask().got).toBeUndefined();
  });

  it('an instance that fails is not used any more', () => {
    grant('a', 1);
    link(false);
    slots.release(ask().got!, 'unreachable', now);
    expect(ask().got).toBeUndefined();
  });

  it('who waits is told in time that nobody answers', () => {
    link(false);
    const asker = ask();
    pass(1_001);
    expect(asker.refused).toMatchObject({ code: 'SchedulerUnreachable', retryAfterSeconds: 5 });
  });

  it('and one is back, it has fifteen seconds to confirm what is held, and hears again who waits', async () => {
    grant('a', 1);
    grant('b', 1);
    link(false);
    const [first, second] = [ask(), ask()];
    const waiting = ask();
    await Promise.resolve();
    demands = [];
    now += 60_000;
    expect(slots.held().map(({ expiresAt }) => expiresAt - now)).toEqual([15_000, 15_000]);
    link(true);
    await Promise.resolve();
    expect(demands).toEqual([['n/s', 1]]);
    expect(slots.held().map(({ instance, expiresAt }) => [instance, expiresAt - now])).toEqual([
      ['a', 15_000],
      ['b', 15_000],
    ]);
    grant('a', 1, 60_000);
    for (const one of [first, second]) slots.release(one.got!, 'well', now);
    expect(waiting.got).toBeDefined();
    slots.release(waiting.got!, 'well', now);
    pass(15_001);
    expect(slots.held().map(({ instance }) => instance)).toEqual(['a']);
  });
});
