import type { StateEntry } from '@openfunction/components';
import { ApiError } from '../api/api-error.ts';
import type { ReadState, StateApi, StateChange } from '../api/state-api.ts';
import {
  headerOf,
  headerSafe,
  json,
  jsonBody,
  jsonObject,
  noContent,
  traceOf,
  type HttpAnswer,
  type HttpCall,
  type HttpHandler,
} from './http-exchange.ts';
import { concurrencyOf, parseMetadata, parseStateItems, parseStateTarget } from './parse-state-items.ts';
import { valueAsJson } from './value-as-json.ts';

/** `/v1.0/state/<store>[/<key>|/bulk|/transaction]`. */
export function stateRoutes(state: StateApi): HttpHandler {
  return async (call) => {
    const [store = '', ...rest] = call.rest;
    const isWrite = call.method === 'POST' || call.method === 'PUT';
    if (rest.length === 0 && isWrite) return save(state, store, call);
    if (rest.length === 1 && isWrite && rest[0] === 'bulk') return getMany(state, store, call);
    if (rest.length === 1 && isWrite && rest[0] === 'transaction') return transact(state, store, call);
    if (rest.length === 1 && isWrite && rest[0] === 'query')
      throw new ApiError('ERR_STATE_STORE_NOT_SUPPORTED', `State store "${store}" cannot be queried. Read by keys.`, {
        reason: 'DAPR_STATE_QUERYING_NOT_SUPPORTED',
      });
    const key = rest.join('/');
    if (rest.length > 0 && call.method === 'GET') return get(state, store, key, call);
    if (rest.length > 0 && call.method === 'DELETE') return remove(state, store, key, call);
    throw new ApiError('ERR_NOT_FOUND', 'There is no such path or method for state. See the reference of the state API.', {
      status: rest.length > 0 ? 405 : 404,
    });
  };
}

async function save(state: StateApi, store: string, call: HttpCall): Promise<HttpAnswer> {
  await state.save(store, parseStateItems(await jsonBody(call), call.metadata), call.signal);
  return noContent;
}

async function get(state: StateApi, store: string, key: string, call: HttpCall): Promise<HttpAnswer> {
  const entry = await state.get(store, key, readOptions(call));
  if (entry === undefined) return noContent;
  return {
    status: 200,
    headers: { 'content-type': 'application/json', etag: headerSafe(entry.etag), ...metadataHeaders(entry) },
    body: entry.value,
  };
}

function metadataHeaders({ metadata = {} }: StateEntry): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`metadata.${name}`, headerSafe(value)]));
}

async function getMany(state: StateApi, store: string, call: HttpCall): Promise<HttpAnswer> {
  const { keys } = await jsonObject(call);
  if (!Array.isArray(keys) || keys.some((key) => typeof key !== 'string'))
    throw new ApiError('ERR_MALFORMED_REQUEST', 'The request cannot be used: keys must be a list of texts. Correct its body.');
  const entries = await state.getMany(store, keys as string[], readOptions(call));
  return json(
    keys.map((key: unknown, index) => {
      const entry = entries[index];
      return entry === undefined ? { key } : { key, data: valueAsJson(entry.value), etag: entry.etag };
    }),
  );
}

async function remove(state: StateApi, store: string, key: string, call: HttpCall): Promise<HttpAnswer> {
  const etag = headerOf(call, 'if-match');
  const concurrency = concurrencyOf({
    concurrency: call.query.get('concurrency'),
    consistency: call.query.get('consistency') ?? undefined,
  });
  const condition = { ...(etag === undefined || etag === '' ? {} : { etag }), ...(concurrency === undefined ? {} : { concurrency }) };
  await state.remove(store, [{ key, ...condition, metadata: call.metadata }], call.signal);
  return noContent;
}

async function transact(state: StateApi, store: string, call: HttpCall): Promise<HttpAnswer> {
  const { operations, metadata } = await jsonObject(call);
  if (!Array.isArray(operations))
    throw new ApiError('ERR_MALFORMED_REQUEST', 'The request cannot be used: operations must be a list. Correct its body.');
  const shared = { ...call.metadata, ...parseMetadata(metadata) };
  await state.transact(
    store,
    operations.map((operation: unknown) => changeOf(operation, shared)),
    traceOf(call),
  );
  return noContent;
}

function changeOf(given: unknown, shared: Record<string, string>): StateChange {
  const { operation, request } = (given ?? {}) as { operation?: unknown; request?: unknown };
  if (operation === 'delete') return { kind: 'delete', item: parseStateTarget(request, shared) };
  if (operation !== 'upsert')
    throw new ApiError(
      'ERR_NOT_SUPPORTED_STATE_OPERATION',
      'A transaction has an operation that is neither "upsert" nor "delete". Correct the request.',
    );
  const [item] = parseStateItems([request], shared);
  if (item === undefined) throw new ApiError('ERR_MALFORMED_REQUEST', 'An operation of the transaction has no request. Correct the body.');
  return { kind: 'upsert', item };
}

function readOptions(call: HttpCall): ReadState {
  const consistency = call.query.get('consistency');
  if (consistency === null || consistency === '') return { signal: call.signal };
  if (consistency !== 'strong' && consistency !== 'eventual')
    throw new ApiError('ERR_MALFORMED_REQUEST', 'Parameter consistency must be "strong" or "eventual". Correct the request.');
  return { consistency, signal: call.signal };
}
