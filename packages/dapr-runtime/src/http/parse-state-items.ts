import { ApiError } from '../api/api-error.ts';
import type { StateItem } from '../api/state-api.ts';

type Fields = Record<string, unknown>;

/** The items of a request to save state, as JSON has them; `shared` metadata is the request's own. */
export function parseStateItems(body: unknown, shared: Record<string, string> = {}): StateItem[] {
  if (!Array.isArray(body)) throw malformed('it must be a list of items');
  return body.map((item: unknown) => ({ ...parseStateTarget(item, shared), value: valueOf(item as Fields) }));
}

/** An item without its value: which key, and under which condition. */
export function parseStateTarget(item: unknown, shared: Record<string, string> = {}): Omit<StateItem, 'value'> {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) throw malformed('each item must be an object');
  const { key, etag, metadata, options } = item as Fields;
  if (typeof key !== 'string') throw malformed('each item needs a key that is a text');
  if (etag !== undefined && etag !== null && typeof etag !== 'string') throw malformed('an etag must be a text');
  const concurrency = concurrencyOf(options);
  return {
    key,
    ...(typeof etag === 'string' && etag !== '' ? { etag } : {}),
    ...(concurrency === undefined ? {} : { concurrency }),
    metadata: { ...shared, ...parseMetadata(metadata) },
  };
}

export function parseMetadata(metadata: unknown): Record<string, string> {
  if (metadata === undefined || metadata === null) return {};
  if (typeof metadata !== 'object' || Array.isArray(metadata)) throw malformed('metadata must be an object of texts');
  const entries = Object.entries(metadata).map(([name, value]: [string, unknown]): [string, string] => {
    if (!['string', 'number', 'boolean'].includes(typeof value)) throw malformed('metadata must be an object of texts');
    return [name, String(value)];
  });
  return Object.fromEntries(entries);
}

export function concurrencyOf(options: unknown): 'first-write' | 'last-write' | undefined {
  if (options === undefined || options === null) return undefined;
  if (typeof options !== 'object') throw malformed('options must be an object');
  const { concurrency, consistency } = options as Fields;
  if (consistency !== undefined && consistency !== '' && consistency !== 'strong' && consistency !== 'eventual')
    throw malformed('consistency must be "strong" or "eventual"');
  if (concurrency === undefined || concurrency === null || concurrency === '') return undefined;
  if (concurrency === 'first-write' || concurrency === 'last-write') return concurrency;
  throw malformed('concurrency must be "first-write" or "last-write"');
}

function valueOf({ value }: Fields): Uint8Array {
  try {
    return Buffer.from(JSON.stringify(value === undefined ? null : value));
  } catch (error) {
    throw malformed(`a value is nested too deeply (${error instanceof Error ? error.message : String(error)})`);
  }
}

function malformed(why: string): ApiError {
  return new ApiError('ERR_MALFORMED_REQUEST', `The request cannot be used: ${why}. Correct its body.`);
}
