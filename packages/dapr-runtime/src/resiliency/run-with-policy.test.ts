import { ComponentError } from '@openfunction/components';
import { manualClock, type ManualClock } from '@openfunction/reconcile';
import { beforeEach, describe, expect, it } from 'vitest';
import { policyRunner, type PolicyRunner } from './run-with-policy.ts';
import type { Policy } from './resolve-policy.ts';
import { StatusFailure } from './status-failure.ts';

describe('an operation by its policy', () => {
  let clock: ManualClock;
  let ending: AbortController;
  let calls: number;
  beforeEach(() => {
    clock = manualClock();
    ending = new AbortController();
    calls = 0;
  });
  const runner = (policy: Policy): PolicyRunner =>
    policyRunner({ policy, what: 'component "c"', clock, random: () => 0.5, ending: ending.signal });
  const failing =
    (times: number, error: Error = new Error('away')) =>
    async (): Promise<string> => {
      if (++calls <= times) throw error;
      return 'answer';
    };
  const every = (durationMs: number, maxRetries: number): Policy['retry'] => ({
    backOff: { kind: 'constant', durationMs },
    maxRetries,
    matching: {},
  });
  const settled = (promise: Promise<unknown>): { outcome?: unknown } => {
    const seen: { outcome?: unknown } = {};
    promise.then(
      (value) => (seen.outcome = value),
      (error: unknown) => (seen.outcome = error),
    );
    return seen;
  };
  // All that is due without time passing.
  const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const pass = async (ms: number): Promise<void> => {
    await breathe();
    clock.advance(ms);
    await breathe();
  };

  it('is tried again after each wait, until it succeeds', async () => {
    const seen = settled(runner({ retry: every(100, 5)! }).run(failing(2)));
    await pass(99);
    expect(calls).toBe(1);
    await pass(1);
    expect(calls).toBe(2);
    await pass(100);
    expect(seen.outcome).toBe('answer');
  });

  it('ends with the last failure when no try is left', async () => {
    const seen = settled(runner({ retry: every(100, 2)! }).run(failing(9)));
    for (let count = 0; count < 4; count++) await pass(100);
    expect([calls, seen.outcome]).toEqual([3, new Error('away')]);
  });

  it.each(['EtagMismatch', 'RequestRejected', 'OperationNotSupported'] as const)(
    'is not tried again after %s, which no try would change',
    async (code) => {
      const seen = settled(runner({ retry: every(1, -1)! }).run(failing(9, new ComponentError(code, 'no'))));
      await pass(1000);
      expect([calls, seen.outcome]).toEqual([1, new ComponentError(code, 'no')]);
    },
  );

  it('is tried again only for the codes that the policy matches', async () => {
    const retry = { ...every(1, 1)!, matching: { http: [[500, 599]] as const } };
    const seen = settled(runner({ retry }).run(failing(9, new StatusFailure('http', 404, 'not here'))));
    await pass(10);
    expect([calls, seen.outcome]).toEqual([1, expect.objectContaining({ code: 404 })]);
    calls = 0;
    settled(runner({ retry }).run(failing(9, new StatusFailure('http', 503, 'away'))));
    await pass(1);
    expect(calls).toBe(2);
    calls = 0;
    settled(runner({ retry }).run(failing(9, new StatusFailure('grpc', 5, 'not here'))));
    await pass(1);
    expect(calls).toBe(2);
  });

  it('is ended by its timeout, each try anew', async () => {
    const aborted: boolean[] = [];
    const hang = (signal: AbortSignal): Promise<never> =>
      new Promise(() => signal.addEventListener('abort', () => aborted.push(signal.aborted)));
    const seen = settled(runner({ timeoutMs: 50, retry: every(10, 1)! }).run(hang));
    await pass(50);
    expect(aborted).toEqual([true]);
    await pass(10);
    await pass(50);
    expect(aborted).toEqual([true, true]);
    expect(seen.outcome).toMatchObject({ code: 'ComponentUnavailable', message: expect.stringContaining('50 ms') });
  });

  it('is not called while its breaker is open, and not tried again for that', async () => {
    const breaker = {
      name: 'b',
      maxRequests: 1,
      intervalMs: 0,
      timeoutMs: 1000,
      trips: ({ totalFailures }: { totalFailures: number }) => totalFailures >= 2,
    };
    const guarded = runner({ breaker, retry: every(10, -1)! });
    const seen = settled(guarded.run(failing(9)));
    await pass(10);
    expect(calls).toBe(2);
    await pass(10);
    expect([calls, seen.outcome]).toEqual([
      2,
      expect.objectContaining({ message: expect.stringContaining('circuit breaker "b" is open') }),
    ]);
    await pass(1000);
    calls = 9;
    await expect(guarded.run(failing(9))).resolves.toBe('answer');
  });

  it('does not open its breaker by requests that are wrong', async () => {
    const breaker = {
      name: 'b',
      maxRequests: 1,
      intervalMs: 0,
      timeoutMs: 1000,
      trips: ({ totalFailures }: { totalFailures: number }) => totalFailures >= 1,
    };
    const guarded = runner({ breaker });
    await expect(guarded.run(failing(9, new ComponentError('EtagMismatch', 'no')))).rejects.toThrow('no');
    calls = 9;
    await expect(guarded.run(failing(9))).resolves.toBe('answer');
  });

  it.each(['caller', 'runtime'])('waits for no further try when the %s ends', async (who) => {
    const caller = new AbortController();
    const seen = settled(runner({ retry: every(1000, -1)! }).run(failing(9), caller.signal));
    await breathe();
    (who === 'caller' ? caller : ending).abort();
    await breathe();
    expect([calls, seen.outcome]).toEqual([1, new Error('away')]);
  });
});
