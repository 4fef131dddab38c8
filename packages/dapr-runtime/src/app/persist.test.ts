import { ComponentError } from '@openfunction/components';
import { manualClock } from '@openfunction/reconcile';
import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { persist } from './persist.ts';

const away = new ComponentError('ComponentUnavailable', 'away');
const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('what is sought until it can be had', () => {
  function seek(failures: readonly Error[]) {
    const clock = manualClock();
    const stop = new AbortController();
    const told: unknown[] = [];
    let calls = 0;
    const action = async (): Promise<string> => {
      const failure = failures[calls++];
      if (failure !== undefined) throw failure;
      return 'had';
    };
    const found = persist(action, { signal: stop.signal, clock, random: () => 0.5, tell: (error) => told.push(error) });
    return { clock, stop, told, found, calls: () => calls };
  }

  it('is tried again while a server is away, and leaves nothing behind', async () => {
    const { clock, stop, told, found } = seek([away, away]);
    for (let count = 0; count < 3; count++) {
      await breathe();
      clock.advance(10_000);
    }
    expect(await found).toBe('had');
    expect(told).toEqual([away, away, undefined]);
    expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
  });

  it('is not tried again when that would not change anything', async () => {
    const wrong = new ComponentError('ComponentInvalid', 'wrong');
    const { told, found, calls } = seek([wrong]);
    expect(await found).toBeUndefined();
    expect([told, calls()]).toEqual([[wrong], 1]);
  });

  it('is given up during a wait', async () => {
    const { stop, found, clock, calls } = seek([away, away, away]);
    await breathe();
    stop.abort();
    await breathe();
    clock.advance(60_000);
    expect([await found, calls()]).toEqual([undefined, 1]);
  });
});
