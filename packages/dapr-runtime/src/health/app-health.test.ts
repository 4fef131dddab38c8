import { manualClock, type ManualClock } from '@openfunction/reconcile';
import { beforeEach, describe, expect, it } from 'vitest';
import { watchAppHealth, type AppHealth } from './app-health.ts';

describe('the health of an app', () => {
  let clock: ManualClock;
  let ending: AbortController;
  let changes: boolean[];
  let answer: () => Promise<boolean>;
  let probes: number;
  beforeEach(() => {
    clock = manualClock();
    ending = new AbortController();
    changes = [];
    probes = 0;
    answer = async () => true;
  });
  const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const pass = async (ms: number): Promise<void> => {
    await breathe();
    clock.advance(ms);
    await breathe();
  };
  const watch = (): AppHealth =>
    watchAppHealth({
      probe: () => (probes++, answer()),
      intervalMs: 1000,
      timeoutMs: 100,
      threshold: 2,
      clock,
      ending: ending.signal,
      onChange: (isHealthy) => changes.push(isHealthy),
    });

  it('is asked for at once, and then at each interval', async () => {
    const health = watch();
    await breathe();
    expect([probes, health.isHealthy()]).toEqual([1, true]);
    await pass(999);
    expect(probes).toBe(1);
    await pass(1);
    expect(probes).toBe(2);
    ending.abort();
    await pass(5000);
    expect(probes).toBe(2);
  });

  it('is bad after answers that are bad, fail or do not come in time, and good again after one', async () => {
    const health = watch();
    await breathe();
    answer = async () => false;
    await pass(1000);
    expect(health.isHealthy()).toBe(true);
    answer = () => new Promise(() => {});
    await pass(1000);
    expect(health.isHealthy()).toBe(true);
    await pass(100);
    expect(health.isHealthy()).toBe(false);
    answer = () => Promise.reject(new Error('refused'));
    await pass(900);
    answer = async () => true;
    await pass(1000);
    expect(changes).toEqual([true, false, true]);
  });

  it('can be waited for, and the wait be ended', async () => {
    answer = async () => false;
    const health = watch();
    const seen: string[] = [];
    const patience = new AbortController();
    void health.until(true, ending.signal).then(() => seen.push('healthy'));
    void health.until(true, patience.signal).then(() => seen.push('gave up'));
    patience.abort();
    await breathe();
    expect(seen).toEqual(['gave up']);
    answer = async () => true;
    await pass(1000);
    expect(seen).toEqual(['gave up', 'healthy']);
    await health.until(true, ending.signal);
  });
});
