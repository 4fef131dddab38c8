import { memoryStore, StoreError, type Store } from '@openfunction/store';
import { describe, expect, it } from 'vitest';
import { leaseElection, type LeaseElection } from './lease.ts';
import { manualClock, type ManualClock } from './manual-clock.ts';

const key = { namespace: 'default', name: 'pool' };

function compete(
  store: Pick<Store, 'get' | 'create' | 'update'>,
  identity: string,
  clock: ManualClock,
): { lease: LeaseElection; stop: () => Promise<void> } {
  const stopping = new AbortController();
  const lease = leaseElection({ store, key, identity, clock, wallTime: () => new Date(clock.now()) });
  const running = lease.run(stopping.signal);
  return {
    lease,
    stop: () => {
      stopping.abort();
      return running;
    },
  };
}

/** A store that can be cut off, as for a process that is partitioned from the API server. */
function cuttable(store: Store): Pick<Store, 'get' | 'create' | 'update'> & { cut: boolean } {
  const check = (): void => {
    if (wire.cut) throw new StoreError('Unavailable', 'cut off');
  };
  const wire: Pick<Store, 'get' | 'create' | 'update'> & { cut: boolean } = {
    cut: false,
    get: async (kind, at) => (check(), store.get(kind, at)),
    create: async (kind, object) => (check(), store.create(kind, object)),
    update: async (kind, object) => (check(), store.update(kind, object)),
  };
  return wire;
}

describe('leaseElection', () => {
  it('has one holder, who keeps it by renewing', async () => {
    const [store, clock] = [memoryStore(), manualClock()];
    const one = compete(store, 'one', clock);
    await clock.advance(0);
    const two = compete(store, 'two', clock);
    await clock.advance(60_000);
    expect([one.lease.isHeld(), two.lease.isHeld()]).toEqual([true, false]);
    await Promise.all([one.stop(), two.stop()]);
  });

  it('goes to another soon after its holder stopped', async () => {
    const [store, clock] = [memoryStore(), manualClock()];
    const one = compete(store, 'one', clock);
    await clock.advance(0);
    const two = compete(store, 'two', clock);
    await clock.advance(1_000);
    await one.stop();
    await clock.advance(2_000);
    expect([one.lease.isHeld(), two.lease.isHeld()]).toEqual([false, true]);
    await two.stop();
  });

  it('is never held by two when its holder is cut off', async () => {
    const [store, clock] = [memoryStore(), manualClock()];
    const wire = cuttable(store);
    const one = compete(wire, 'one', clock);
    await clock.advance(0);
    const two = compete(store, 'two', clock);
    await clock.advance(4_000);
    wire.cut = true;
    const holders: string[] = [];
    for (let second = 0; second < 30; second += 1) {
      await clock.advance(1_000);
      holders.push(`${one.lease.isHeld() ? 'one' : ''}${two.lease.isHeld() ? 'two' : ''}`);
    }
    expect(new Set(holders)).toEqual(new Set(['one', '', 'two']));
    await Promise.all([one.stop(), two.stop()]);
  });

  it('refuses writes of a holder whose time is running out', async () => {
    const [store, clock] = [memoryStore(), manualClock()];
    const wire = cuttable(store);
    const one = compete(wire, 'one', clock);
    await clock.advance(0);
    expect(await one.lease.guard(async () => 'written')).toBe('written');
    wire.cut = true;
    await clock.advance(9_000);
    expect(one.lease.isHeld()).toBe(true);
    await expect(one.lease.guard(async () => 'written')).rejects.toMatchObject({ code: 'NotHolder' });
    await one.stop();
  });

  it('writes nothing when it goes on after it stood still for too long, and says who holds it now (K2)', async () => {
    const [store, own, others] = [memoryStore(), manualClock(), manualClock()];
    let stoodStillMs = 0;
    const stopping = new AbortController();
    const taken: string[] = [];
    const lease = leaseElection({
      store,
      key,
      identity: 'one',
      clock: { now: () => own.now() + stoodStillMs, sleep: own.sleep },
      wallTime: () => new Date(own.now()),
      onTaken: (holder) => taken.push(holder),
    });
    const running = lease.run(stopping.signal);
    await own.advance(4_000);
    const two = compete(store, 'two', others);
    await others.advance(20_000);
    expect(two.lease.isHeld()).toBe(true);
    // The first thing it does, before any of its timers.
    stoodStillMs = 20_000;
    await expect(lease.guard(async () => 'written')).rejects.toMatchObject({ code: 'NotHolder' });
    await own.advance(3_000);
    expect([lease.isHeld(), lease.holder(), taken]).toEqual([false, 'two', ['two']]);
    stopping.abort();
    await Promise.all([running, two.stop()]);
  });
});
