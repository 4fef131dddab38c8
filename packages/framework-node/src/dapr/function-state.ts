import type { ContextComponent } from '../context/context-document.ts';
import { FunctionError } from '../function-error.ts';
import type { CallDapr, DaprAnswer, DaprCall } from './call-dapr.ts';

/** A value with its key, as `ctx.state.save` takes it: the fields are those of Dapr's state API. */
export interface StateItem {
  key: string;
  value: unknown;
  etag?: string;
  options?: { concurrency?: 'first-write' | 'last-write'; consistency?: 'strong' | 'eventual' };
  metadata?: Record<string, string>;
}

export interface StateOptions {
  call: CallDapr;
  stores: Readonly<Record<string, ContextComponent>>;
  signal?: AbortSignal;
}

/**
 * State of a function in one of its stores: the one named, else its first. What a method takes lies in the first field of its
 * argument, whatever that is called, as in OpenFunction's own framework.
 *
 * @example
 * await ctx.state.save({ states: [{ key: 'visits', value: 3 }] }, 'redis');
 * const visits = await ctx.state.get({ key: 'visits' }, 'redis');
 */
export class FunctionState {
  readonly #options: StateOptions;

  constructor(options: StateOptions) {
    this.#options = options;
  }

  /** Rejects with StateFailed when the store did not take all of them. */
  async save(data: { states: readonly StateItem[] } | Record<string, readonly StateItem[]>, store?: string): Promise<void> {
    await this.#call(store, 'Saving', { method: 'POST', path: '', body: first(data) });
  }

  /** Undefined for a key that is not there. */
  async get(data: { key: string } | Record<string, string>, store?: string): Promise<unknown> {
    const answer = await this.#call(store, 'Reading', { method: 'GET', path: `/${encodeURIComponent(String(first(data)))}` });
    return valueOf(answer);
  }

  /** One `{ key, data, etag }` for each key. */
  async getBulk(data: { keys: readonly string[]; parallelism?: number }, store?: string): Promise<unknown> {
    const [keys, parallelism = 10, metadata] = Object.values(data) as [unknown, unknown, unknown];
    return valueOf(await this.#call(store, 'Reading', { method: 'POST', path: '/bulk', body: { keys, parallelism, metadata } }));
  }

  async delete(data: { key: string } | Record<string, string>, store?: string): Promise<void> {
    await this.#call(store, 'Deleting', { method: 'DELETE', path: `/${encodeURIComponent(String(first(data)))}` });
  }

  /** All operations or none. */
  async transaction(data: { operations: readonly unknown[]; metadata?: Record<string, string> }, store?: string): Promise<void> {
    const [operations, metadata] = Object.values(data) as [unknown, unknown];
    await this.#call(store, 'Writing', { method: 'POST', path: '/transaction', body: { operations, metadata } });
  }

  async query(data: { query: unknown } | Record<string, unknown>, store?: string): Promise<unknown> {
    return valueOf(await this.#call(store, 'Querying', { method: 'POST', path: '/query', body: first(data), api: 'v1.0-alpha1' }));
  }

  async #call(
    store: string | undefined,
    doing: string,
    { body, path, method, api = 'v1.0' }: Pick<DaprCall, 'method' | 'path'> & { body?: unknown; api?: string },
  ): Promise<DaprAnswer> {
    const { call, signal } = this.#options;
    const { name, component } = this.#store(store);
    return call({
      method,
      path: `/${api}/state/${encodeURIComponent(component)}${path}`,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      signal,
      what: `${doing} state in "${name}"`,
      code: 'StateFailed',
    });
  }

  #store(name: string | undefined): { name: string; component: string } {
    const { stores } = this.#options;
    const found = name ?? Object.keys(stores)[0];
    if (found !== undefined && Object.hasOwn(stores, found)) return { name: found, component: stores[found]?.componentName ?? found };
    const known = Object.keys(stores).map((one) => `"${one}"`);
    throw new FunctionError(
      'StateNotFound',
      500,
      `ctx.state failed: the function has ${known.length === 0 ? 'no state stores' : known.join(', ')}${name === undefined ? '' : `, and not "${name}"`}. Name one of serving.states in the Function.`,
    );
  }
}

function first(data: object): unknown {
  return Object.values(data)[0];
}

function valueOf({ status, body }: DaprAnswer): unknown {
  if (status === 204 || body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString());
  } catch {
    return body.toString();
  }
}
