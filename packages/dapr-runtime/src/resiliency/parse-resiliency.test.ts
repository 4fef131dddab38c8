import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ApiError } from '../api/api-error.ts';
import { parseResiliency } from './parse-resiliency.ts';
import { resolvePolicy, type PolicyTarget } from './resolve-policy.ts';

const resource = (spec: unknown, more: object = {}) => ({
  apiVersion: 'dapr.io/v1alpha1',
  kind: 'Resiliency',
  metadata: { name: 'r' },
  spec,
  ...more,
});
const parse = (spec: unknown) => parseResiliency(resource(spec), 'r.yaml');

describe('a Resiliency', () => {
  it('has the defaults that Dapr documents', () => {
    const { retries, circuitBreakers } = parse({
      policies: { retries: { r: {}, e: { policy: 'exponential' } }, circuitBreakers: { c: {} } },
    });
    expect(retries.get('r')).toEqual({ backOff: { kind: 'constant', durationMs: 5000 }, maxRetries: -1, matching: {} });
    expect(retries.get('e')?.backOff).toEqual({ kind: 'exponential', maxIntervalMs: 60_000 });
    const breaker = circuitBreakers.get('c');
    expect(breaker).toMatchObject({ maxRequests: 1, intervalMs: 0, timeoutMs: 60_000 });
    const counts = { requests: 6, totalSuccesses: 0, totalFailures: 6, consecutiveSuccesses: 0, consecutiveFailures: 6 };
    expect([breaker?.trips(counts), breaker?.trips({ ...counts, consecutiveFailures: 5 })]).toEqual([true, false]);
  });

  it('takes numbers and strings, and lists of codes', () => {
    const { retries, timeouts } = parse({
      policies: {
        timeouts: { t: '1m30s' },
        retries: { r: { duration: '200ms', maxRetries: '3', matching: { httpStatusCodes: '429, 500-599', gRPCStatusCodes: '1-4,14' } } },
      },
    });
    expect(timeouts.get('t')).toBe(90_000);
    expect(retries.get('r')).toMatchObject({
      maxRetries: 3,
      matching: {
        http: [
          [429, 429],
          [500, 599],
        ],
        grpc: [
          [1, 4],
          [14, 14],
        ],
      },
    });
  });

  it.each([
    ['an unknown field', { policies: { retries: { r: { maxRetrys: 3 } } } }, 'Did you mean "maxRetries"?'],
    [
      'an unknown policy',
      { policies: { timeouts: { fast: '1s' } }, targets: { apps: { a: { timeout: 'fsat' } } } },
      'Did you mean "fast"?',
    ],
    ['a kind of back-off that there is not', { policies: { retries: { r: { policy: 'linear' } } } }, 'linear'],
    ['no duration', { policies: { timeouts: { t: 'soon' } } }, 'no duration'],
    ['a rule that is none', { policies: { circuitBreakers: { c: { trip: 'failures > 5' } } } }, 'CEL'],
    ['codes that there are not', { policies: { retries: { r: { matching: { httpStatusCodes: '42' } } } } }, '"42"'],
    ['fewer retries than none', { policies: { retries: { r: { maxRetries: -2 } } } }, 'at least -1'],
  ])('is refused with %s', (_what, spec, text) => {
    expect(() => parse(spec)).toThrow(text);
  });

  it('is read or refused with words, whatever is in it', () => {
    fc.assert(
      fc.property(fc.record({ policies: fc.option(fc.object(), { nil: undefined }), targets: fc.object() }), (spec) => {
        try {
          parse(spec);
        } catch (error) {
          expect(error).toBeInstanceOf(ApiError);
        }
      }),
    );
  });

  it('says what of it has no effect', () => {
    const document = parse({ policies: { retries: { DaprBuiltInServiceRetries: { maxRetries: 10 } } }, targets: { actors: {} } });
    expect(document.withoutEffect).toEqual(['targets.actors', 'policies.retries.DaprBuiltInServiceRetries']);
  });
});

describe('the policy of a target', () => {
  const retry = (maxRetries: number) => ({ maxRetries });
  const document = parse({
    policies: {
      retries: {
        DefaultRetryPolicy: retry(1),
        DefaultAppRetryPolicy: retry(2),
        DefaultComponentInboundRetryPolicy: retry(3),
        DefaultStatestoreComponentOutboundRetryPolicy: retry(4),
        named: retry(5),
      },
      timeouts: { DefaultComponentTimeoutPolicy: '1s' },
    },
    targets: { apps: { a: { retry: 'named' } }, components: { own: { outbound: { retry: 'named' } } } },
  });
  const state = (component: string): PolicyTarget => ({ kind: 'component', component, block: 'state', direction: 'outbound' });
  it.each<[string, PolicyTarget, number, number | undefined]>([
    ['that it names', { kind: 'app', app: 'a' }, 5, undefined],
    ['of all apps', { kind: 'app', app: 'b' }, 2, undefined],
    ['of its block', state('other'), 4, 1000],
    ['that a component names, with the default of what it does not name', state('own'), 5, 1000],
    ['of its direction', { kind: 'component', component: 'x', block: 'pubsub', direction: 'inbound' }, 3, 1000],
    ['of all', { kind: 'component', component: 'x', block: 'pubsub', direction: 'outbound' }, 1, 1000],
  ])('is the one %s', (_what, target, maxRetries, timeoutMs) => {
    const policy = resolvePolicy([document], target);
    expect([policy.retry?.maxRetries, policy.timeoutMs]).toEqual([maxRetries, timeoutMs]);
  });

  it('is the latest where two documents have one of the name', () => {
    const later = parse({ policies: { retries: { named: retry(9) } } });
    expect(resolvePolicy([document, later], { kind: 'app', app: 'a' }).retry?.maxRetries).toBe(9);
  });

  it('is none without documents', () => {
    expect(resolvePolicy([], state('x'))).toEqual({});
  });
});
