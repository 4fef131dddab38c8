import { ComponentError } from '@openfunction/components';
import type { Clock } from '@openfunction/reconcile';
import { admit, closedBreaker, settle, type BreakerPolicy, type BreakerState } from './circuit-breaker.ts';
import { isMatched, retryDelayMs, type RetryPolicy } from './retry-policy.ts';
import type { Policy } from './resolve-policy.ts';
import { StatusFailure } from './status-failure.ts';

export type Operation<T> = (signal: AbortSignal) => Promise<T>;

/** Does an operation by the policy of its target, until the signal aborts. */
export interface PolicyRunner {
  readonly policy: Policy;
  run<T>(operation: Operation<T>, signal?: AbortSignal): Promise<T>;
}

export interface PolicyRunnerOptions {
  policy: Policy;
  /** What the policy is for, in words: `component "orders"`. */
  what: string;
  clock: Clock;
  random(): number;
  /** No further try begins after this, and none is waited for. */
  ending: AbortSignal;
}

/** A policy at work: the timeout is for each try, the breaker sees each try, and what an open breaker refuses is not tried again. */
export function policyRunner(options: PolicyRunnerOptions): PolicyRunner {
  const { policy, clock, random, ending, what } = options;
  const breaker = policy.breaker === undefined ? undefined : guardedBy(policy.breaker, { clock, what });
  const once = <T>(operation: Operation<T>, signal: AbortSignal | undefined): Promise<T> =>
    breaker === undefined ? timed(operation, options, signal) : breaker(() => timed(operation, options, signal));
  return {
    policy,
    run: async (operation, signal) => {
      for (let retries = 0; ; retries++) {
        try {
          return await once(operation, signal);
        } catch (error) {
          const delayMs = policy.retry === undefined ? undefined : delayAfter(error, policy.retry, retries, random());
          if (delayMs === undefined) throw error;
          const ends = signal === undefined ? [ending] : [ending, signal];
          await pause(clock, delayMs, ends);
          if (ends.some(({ aborted }) => aborted)) throw error;
        }
      }
    },
  };
}

class BreakerOpen extends ComponentError {}

function guardedBy(
  policy: BreakerPolicy & { name: string },
  { clock, what }: { clock: Clock; what: string },
): <T>(action: () => Promise<T>) => Promise<T> {
  let state: BreakerState = closedBreaker(policy, clock.now());
  return async (action) => {
    const admission = admit(policy, state, clock.now());
    ({ state } = admission);
    if (!admission.isAdmitted)
      throw new BreakerOpen(
        'ComponentUnavailable',
        `The ${what} was not called: its circuit breaker "${policy.name}" is open after too many failures. Try again later.`,
      );
    const { generation } = state;
    let isSuccess = false;
    try {
      const answer = await action();
      isSuccess = true;
      return answer;
    } catch (error) {
      // Who answers that a request is wrong is well.
      isSuccess = isFinal(error);
      throw error;
    } finally {
      state = settle(policy, state, { generation, isSuccess, now: clock.now() });
    }
  };
}

function delayAfter(error: unknown, retry: RetryPolicy, retries: number, random: number): number | undefined {
  if (error instanceof BreakerOpen || isFinal(error)) return undefined;
  if (error instanceof StatusFailure && !isMatched(retry.matching[error.protocol], error.code)) return undefined;
  return retryDelayMs(retry, retries, random);
}

/** What another try would not change. */
function isFinal(error: unknown): boolean {
  return error instanceof ComponentError && error.code !== 'ComponentUnavailable';
}

async function timed<T>(
  operation: Operation<T>,
  { policy, clock, what }: PolicyRunnerOptions,
  signal: AbortSignal | undefined,
): Promise<T> {
  const { timeoutMs } = policy;
  if (timeoutMs === undefined) return operation(signal ?? new AbortController().signal);
  const over = new AbortController();
  let cancel = (): void => {};
  const late = new Promise<never>((_resolve, reject) => {
    cancel = clock.setTimeout(() => {
      reject(
        new ComponentError(
          'ComponentUnavailable',
          `The ${what} did not answer within ${timeoutMs} ms, which its policy allows. Try again.`,
        ),
      );
      over.abort();
    }, timeoutMs);
  });
  try {
    return await Promise.race([operation(signal === undefined ? over.signal : AbortSignal.any([signal, over.signal])), late]);
  } finally {
    cancel();
  }
}

function pause(clock: Clock, delayMs: number, signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      for (const signal of signals) signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.setTimeout(done, delayMs);
    for (const signal of signals) signal.addEventListener('abort', done, { once: true });
    if (signals.some(({ aborted }) => aborted)) done();
  });
}
