import { didYouMean, duration } from '@openfunction/components';
import { ApiError } from '../api/api-error.ts';
import type { BreakerPolicy } from './circuit-breaker.ts';
import { compileTrip } from './compile-trip.ts';
import type { PolicyNames, ResiliencyDocument } from './resiliency-document.ts';
import type { CodeRanges, RetryPolicy } from './retry-policy.ts';

type Fields = Record<string, unknown>;
interface Known {
  timeouts: ReadonlyMap<string, unknown>;
  retries: ReadonlyMap<string, unknown>;
  circuitBreakers: ReadonlyMap<string, unknown>;
}

/** Reads a `Resiliency`, with Dapr's names and defaults; refuses what it does not know, and names of policies that there are not. */
export function parseResiliency(resource: unknown, file: string): ResiliencyDocument {
  const root = record(resource, file);
  known(root, ['apiVersion', 'kind', 'metadata', 'version', 'scopes', 'spec'], file);
  const metadata = record(root['metadata'] ?? {}, `${file}: metadata`);
  const spec = record(root['spec'] ?? {}, `${file}: spec`);
  known(spec, ['policies', 'targets'], `${file}: spec`);
  const policies = record(spec['policies'] ?? {}, `${file}: spec.policies`);
  known(policies, ['timeouts', 'retries', 'circuitBreakers'], `${file}: spec.policies`);
  const targets = record(spec['targets'] ?? {}, `${file}: spec.targets`);
  known(targets, ['apps', 'components', 'actors'], `${file}: spec.targets`);
  const each = <T>(name: string, read: (value: unknown, where: string) => T): Map<string, T> =>
    mapped(policies[name], `${file}: spec.policies.${name}`, read);
  const read = {
    timeouts: each('timeouts', durationOf),
    retries: each('retries', retryOf),
    circuitBreakers: each('circuitBreakers', breakerOf),
  };
  return {
    name: typeof metadata['name'] === 'string' ? metadata['name'] : '',
    ...(typeof metadata['namespace'] === 'string' ? { namespace: metadata['namespace'] } : {}),
    scopes: Array.isArray(root['scopes']) ? root['scopes'].map(String) : [],
    ...read,
    apps: mapped(targets['apps'], `${file}: spec.targets.apps`, (value, where) => namesOf(value, where, read, ['circuitBreakerCacheSize'])),
    components: mapped(targets['components'], `${file}: spec.targets.components`, (value, where) => directionsOf(value, where, read)),
    withoutEffect: [
      ...(targets['actors'] === undefined ? [] : ['targets.actors']),
      ...[...read.retries.keys()].filter((name) => name.startsWith('DaprBuiltIn')).map((name) => `policies.retries.${name}`),
    ],
  };
}

function mapped<T>(given: unknown, where: string, read: (value: unknown, where: string) => T): Map<string, T> {
  if (given === undefined || given === null) return new Map();
  return new Map(Object.entries(record(given, where)).map(([name, value]) => [name, read(value, `${where}.${name}`)]));
}

function directionsOf(value: unknown, where: string, policies: Known): { inbound: PolicyNames; outbound: PolicyNames } {
  const fields = record(value ?? {}, where);
  known(fields, ['inbound', 'outbound'], where);
  return {
    inbound: namesOf(fields['inbound'] ?? {}, `${where}.inbound`, policies),
    outbound: namesOf(fields['outbound'] ?? {}, `${where}.outbound`, policies),
  };
}

function namesOf(value: unknown, where: string, { timeouts, retries, circuitBreakers }: Known, more: string[] = []): PolicyNames {
  const fields = record(value, where);
  known(fields, ['timeout', 'retry', 'circuitBreaker', ...more], where);
  const named = (field: string, among: ReadonlyMap<string, unknown>): string | undefined => {
    const name = fields[field];
    if (name === undefined || name === null || name === '') return undefined;
    if (typeof name !== 'string') throw invalid(where, `${field} is not the name of a policy. Correct it.`);
    if (!among.has(name))
      throw invalid(where, `${field} names the policy "${name}", which there is not. ${didYouMean(name, among.keys())}`);
    return name;
  };
  const [timeout, retry, circuitBreaker] = [named('timeout', timeouts), named('retry', retries), named('circuitBreaker', circuitBreakers)];
  return {
    ...(timeout === undefined ? {} : { timeout }),
    ...(retry === undefined ? {} : { retry }),
    ...(circuitBreaker === undefined ? {} : { circuitBreaker }),
  };
}

function retryOf(value: unknown, where: string): RetryPolicy {
  const fields = record(value, where);
  known(fields, ['policy', 'duration', 'maxInterval', 'maxRetries', 'matching'], where);
  const { policy = 'constant', duration: wait = '5s', maxInterval = '60s', maxRetries = -1 } = fields;
  const matching = record(fields['matching'] ?? {}, `${where}.matching`);
  known(matching, ['httpStatusCodes', 'gRPCStatusCodes'], `${where}.matching`);
  const http = rangesOf(matching['httpStatusCodes'], `${where}.matching.httpStatusCodes`, [100, 599]);
  const grpc = rangesOf(matching['gRPCStatusCodes'], `${where}.matching.gRPCStatusCodes`, [0, 16]);
  return {
    backOff: backOffOf(policy, where, {
      durationMs: durationOf(wait, `${where}.duration`),
      maxIntervalMs: durationOf(maxInterval, `${where}.maxInterval`),
    }),
    maxRetries: wholeNumber(maxRetries, `${where}.maxRetries`, -1),
    matching: { ...(http === undefined ? {} : { http }), ...(grpc === undefined ? {} : { grpc }) },
  };
}

function backOffOf(
  policy: unknown,
  where: string,
  { durationMs, maxIntervalMs }: { durationMs: number; maxIntervalMs: number },
): RetryPolicy['backOff'] {
  if (policy === 'constant') return { kind: 'constant', durationMs };
  if (policy === 'exponential') return { kind: 'exponential', maxIntervalMs };
  throw invalid(where, `policy must be "constant" or "exponential", and is ${JSON.stringify(policy)}. Correct it.`);
}

function breakerOf(value: unknown, where: string): BreakerPolicy {
  const fields = record(value, where);
  known(fields, ['maxRequests', 'interval', 'timeout', 'trip'], where);
  const { maxRequests = 1, interval = '0s', timeout = '60s', trip = 'consecutiveFailures > 5' } = fields;
  return {
    maxRequests: Math.max(1, wholeNumber(maxRequests, `${where}.maxRequests`, 0)),
    intervalMs: durationOf(interval, `${where}.interval`),
    timeoutMs: durationOf(timeout, `${where}.timeout`) || 60_000,
    trips: tripOf(trip, `${where}.trip`),
  };
}

function tripOf(trip: unknown, where: string): BreakerPolicy['trips'] {
  try {
    if (typeof trip !== 'string') throw new Error('it is not a text');
    return compileTrip(trip);
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
    throw invalid(where, `it is not a rule in CEL over the counts of the breaker (${why}). Correct it.`);
  }
}

function rangesOf(value: unknown, where: string, [least, most]: readonly [number, number]): CodeRanges | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string' && typeof value !== 'number') throw invalid(where, 'it is not a list of codes. Write it as "429,500-599".');
  return String(value)
    .split(',')
    .map((part) => {
      const [, first = '', last = first] = /^\s*(\d{1,3})(?:\s*-\s*(\d{1,3}))?\s*$/.exec(part) ?? [];
      const range = [Number(first || NaN), Number(last || NaN)] as const;
      if (!(range[0] >= least && range[1] <= most && range[0] <= range[1]))
        throw invalid(where, `"${part.trim()}" is no code, and no range of codes, from ${least} to ${most}. Write it as "429,500-599".`);
      return range;
    });
}

function durationOf(value: unknown, where: string): number {
  const parsed = typeof value === 'string' || typeof value === 'number' ? duration('s').parse(String(value)) : undefined;
  if (parsed === undefined) throw invalid(where, 'it is no duration such as "5s" or "1m30s". Correct it.');
  return parsed;
}

function wholeNumber(value: unknown, where: string, least: number): number {
  const number = typeof value === 'string' && /^-?\d{1,9}$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isInteger(number) && number >= least && number < 2 ** 31) return number;
  throw invalid(where, `it must be a whole number of at least ${least}. Correct it.`);
}

function known(fields: Fields, names: readonly string[], where: string): void {
  for (const name of Object.keys(fields))
    if (!names.includes(name)) throw invalid(where, `there is no field "${name}". ${didYouMean(name, names)}`);
}

function record(value: unknown, where: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw invalid(where, 'it is not an object. Correct it.');
}

function invalid(where: string, why: string): ApiError {
  return new ApiError('ERR_MALFORMED_REQUEST', `The Resiliency cannot be used: in ${where}, ${why}`);
}
