import type { StateEntry, StateOperation, StateStore } from '@openfunction/components';
import type { AppComponents } from '../app/app-components.ts';
import type { AppIdentity } from '../app/app-identity.ts';
import type { PublishContext } from './publish-api.ts';
import { ApiError, type DaprCode } from './api-error.ts';
import { componentFailure } from './component-failure.ts';
import { findComponent } from './find-component.ts';
import { outboxOf, type OutboxSettings } from '../outbox/outbox-settings.ts';
import { transactWithOutbox } from '../outbox/transact-with-outbox.ts';
import { keyPrefix } from './key-prefix.ts';

export interface StateItem {
  key: string;
  value: Uint8Array;
  etag?: string;
  metadata?: Record<string, string>;
  concurrency?: 'first-write' | 'last-write';
}

export type StateChange = { kind: 'upsert'; item: StateItem } | { kind: 'delete'; item: Omit<StateItem, 'value'> };

export interface ReadState {
  consistency?: 'strong' | 'eventual';
  signal?: AbortSignal;
}

/** State, as one app sees it: its keys have its prefix in the store, and none here. */
export interface StateApi {
  get(store: string, key: string, options?: ReadState): Promise<StateEntry | undefined>;
  getMany(store: string, keys: readonly string[], options?: ReadState): Promise<(StateEntry | undefined)[]>;
  save(store: string, items: readonly StateItem[], signal?: AbortSignal): Promise<void>;
  remove(store: string, items: readonly Omit<StateItem, 'value'>[], signal?: AbortSignal): Promise<void>;
  /** With the outbox of the store, where it has one; the trace is for its messages. */
  transact(store: string, changes: readonly StateChange[], context?: PublishContext): Promise<void>;
}

const missing = { notConfigured: 'ERR_STATE_STORE_NOT_CONFIGURED', notFound: 'ERR_STATE_STORE_NOT_FOUND', what: 'state store' } as const;
const longestKey = 64 * 1024;

export function stateApi(components: AppComponents, app: AppIdentity, now: () => number): StateApi {
  const storeOf = (name: string): { store: StateStore; inStore(key: string): string; outbox: OutboxSettings | undefined } => {
    const found = findComponent(components, 'state', name, missing);
    const { component, runtime } = found;
    const prefix = keyPrefix(runtime.keyPrefix, { store: name, app });
    return { store: component, inStore: (key) => prefix + checkedKey(key), outbox: outboxOf(found) };
  };
  const getMany = async (
    name: string,
    keys: readonly string[],
    options: ReadState | undefined,
    code: DaprCode,
  ): Promise<(StateEntry | undefined)[]> => {
    const { store, inStore } = storeOf(name);
    return attempt(code, () => store.read(keys.map(inStore), options));
  };
  const write = async (name: string, changes: readonly StateChange[], signal: AbortSignal | undefined, code: DaprCode): Promise<void> => {
    const { store, inStore } = storeOf(name);
    const operations = changes.map((change) => operationOf(change, inStore));
    const errors = await attempt(code, () => store.write(operations, signal));
    const [failed] = errors.filter((error) => error !== undefined);
    if (failed !== undefined) throw componentFailure(code, failed);
  };
  return {
    get: async (name, key, options) => (await getMany(name, [key], options, 'ERR_STATE_GET'))[0],
    getMany: (name, keys, options) => getMany(name, keys, options, 'ERR_STATE_BULK_GET'),
    save: (name, items, signal) =>
      write(
        name,
        items.map((item) => ({ kind: 'upsert', item })),
        signal,
        'ERR_STATE_SAVE',
      ),
    remove: (name, items, signal) =>
      write(
        name,
        items.map((item) => ({ kind: 'delete', item })),
        signal,
        'ERR_STATE_DELETE',
      ),
    transact: async (name, changes, context = {}) => {
      const { store, inStore, outbox: settings } = storeOf(name);
      if (store.transact === undefined)
        throw new ApiError(
          'ERR_STATE_STORE_NOT_SUPPORTED',
          `State store "${name}" has no transactions. Use one that has, or write without.`,
          { reason: 'DAPR_STATE_TRANSACTIONS_NOT_SUPPORTED' },
        );
      const transact = async (operations: StateOperation[]): Promise<void> => store.transact?.(operations, context.signal);
      const toOperation = (change: StateChange): StateOperation => operationOf(change, inStore);
      const done = (): Promise<void> =>
        settings === undefined
          ? transact(changes.map(toOperation))
          : transactWithOutbox({ app, components, settings, changes, context, now: now(), operationOf: toOperation, transact });
      await attempt('ERR_STATE_TRANSACTION', done);
    },
  };
}

async function attempt<T>(code: DaprCode, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw componentFailure(code, error);
  }
}

function checkedKey(key: string): string {
  if (key === '') throw illegalKey('is empty. Give it a name.');
  if (key.includes('||')) throw illegalKey('has "||", which parts the app from its keys. Leave it out.');
  if (key.includes('\0')) throw illegalKey('has a NUL character. Leave it out.');
  if (key.length > longestKey) throw illegalKey(`is longer than ${longestKey} characters. Shorten it.`);
  return key;
}

function illegalKey(why: string): ApiError {
  return new ApiError('ERR_MALFORMED_REQUEST', `The key of a state ${why}`, { reason: 'DAPR_STATE_ILLEGAL_KEY' });
}

function operationOf(change: StateChange, inStore: (key: string) => string): StateOperation {
  const { key, etag, concurrency, metadata } = change.item;
  const condition = { ...(etag === undefined ? {} : { etag }), firstWrite: concurrency === 'first-write' };
  if (change.kind === 'delete') return { kind: 'delete', key: inStore(key), ...condition };
  const ttlSeconds = ttlOf(metadata);
  return {
    kind: 'set',
    key: inStore(key),
    value: change.item.value,
    ...condition,
    ...(ttlSeconds === undefined ? {} : { ttlSeconds }),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

// Beyond this, dates of stores overflow.
const longestTtl = 100 * 365 * 24 * 3600;

/** -1 and 0 are Dapr's words for "never". */
function ttlOf(metadata: Record<string, string> | undefined): number | undefined {
  const text = metadata?.['ttlInSeconds'];
  if (text === undefined || text === '') return undefined;
  const seconds = /^-?\d{1,15}$/.test(text) ? Number(text) : NaN;
  if (Number.isNaN(seconds) || seconds < -1)
    throw new ApiError('ERR_MALFORMED_REQUEST', 'Metadata ttlInSeconds must be a whole number of seconds, or -1 for ever. Correct it.');
  return seconds <= 0 ? undefined : Math.min(seconds, longestTtl);
}
