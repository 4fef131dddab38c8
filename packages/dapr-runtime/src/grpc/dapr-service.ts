import type { ConfigurationItems, UnlockResult } from '@openfunction/components';
import { RpcError } from '@openfunction/protocol';
import type * as gen from '@openfunction/protocol/dapr';
import type { DaprCall, DaprRuntimeService } from '@openfunction/protocol/dapr';
import { ApiError } from '../api/api-error.ts';
import { capabilitiesOf, runtimeVersion } from '../api/metadata-api.ts';
import type { ReadState, StateChange, StateItem } from '../api/state-api.ts';
import { traceHeaders } from '../cloudevents/trace-headers.ts';
import type { DaprApp } from '../app/dapr-app.ts';
import { subscribeTopic } from './subscribe-topic.ts';
import { rpcFailure } from './rpc-failure.ts';
import type { FindChannel } from '../http/invoke-routes.ts';
import { invokeService } from './invoke-service.ts';

/** Who calls; rejects what has no valid token. */
export type CallerOf = (call: DaprCall) => DaprApp;

const unlockStatus: Record<UnlockResult, gen.UnlockResponseStatus> = {
  success: 'SUCCESS',
  'does-not-exist': 'LOCK_DOES_NOT_EXIST',
  'belongs-to-others': 'LOCK_BELONGS_TO_OTHERS',
};
const nothing: gen.Empty = {};

/** Dapr's gRPC API over the same building blocks as the HTTP API. */
export function daprService(callerOf: CallerOf, find: FindChannel): DaprRuntimeService {
  const as =
    <Q, A>(act: (app: DaprApp, request: Q, call: DaprCall) => Promise<A>) =>
    async (request: Q, call: DaprCall): Promise<A> => {
      try {
        return await act(callerOf(call), request, call);
      } catch (error) {
        throw rpcFailure(error);
      }
    };
  return {
    InvokeService: as((app, request: gen.InvokeServiceRequest, call) => invokeService(app.identity, request, call, find)),
    GetState: as(async ({ api }, request: gen.GetStateRequest, { signal }) => {
      const entry = await api.state.get(request.storeName, request.key, { ...consistencyOf(request.consistency), signal });
      return { data: entry?.value ?? new Uint8Array(0), etag: entry?.etag ?? '', metadata: entry?.metadata ?? {} };
    }),
    GetBulkState: as(async ({ api }, { storeName, keys }: gen.GetBulkStateRequest, { signal }) => {
      const entries = await api.state.getMany(storeName, keys, { signal });
      return {
        items: keys.map((key, index) => ({
          key,
          data: entries[index]?.value ?? new Uint8Array(0),
          etag: entries[index]?.etag ?? '',
          error: '',
          metadata: entries[index]?.metadata ?? {},
        })),
      };
    }),
    SaveState: as(async ({ api }, { storeName, states }: gen.SaveStateRequest, { signal }) => {
      await api.state.save(storeName, states.map(itemOf), signal);
      return nothing;
    }),
    DeleteState: as(async ({ api }, request: gen.DeleteStateRequest, { signal }) => {
      await api.state.remove(request.storeName, [{ key: request.key, metadata: request.metadata, ...conditionOf(request) }], signal);
      return nothing;
    }),
    DeleteBulkState: as(async ({ api }, { storeName, states }: gen.DeleteBulkStateRequest, { signal }) => {
      await api.state.remove(storeName, states.map(itemOf), signal);
      return nothing;
    }),
    ExecuteStateTransaction: as(async ({ api }, { storeName, operations, metadata }: gen.ExecuteStateTransactionRequest, call) => {
      await api.state.transact(
        storeName,
        operations.map((operation) => changeOf(operation, metadata)),
        traceOf(call),
      );
      return nothing;
    }),
    PublishEvent: as(async ({ api }, { pubsubName, topic, data, dataContentType, metadata }: gen.PublishEventRequest, call) => {
      await api.publishing.publish(pubsubName, topic, { data, metadata, ...contentTypeOf(dataContentType) }, traceOf(call));
      return nothing;
    }),
    BulkPublishEvent: as(async ({ api }, { pubsubName, topic, entries, metadata }: gen.BulkPublishRequest, call) => {
      const given = entries.map(({ entryId, event, contentType, metadata: own }) => ({
        entryId,
        data: event,
        metadata: { ...metadata, ...own },
        ...contentTypeOf(contentType),
      }));
      return { failedEntries: await api.publishing.publishMany(pubsubName, topic, given, traceOf(call)) };
    }),
    SubscribeTopicEventsAlpha1: (requests, call) => subscribeTopic(requests, call, callerOf),
    InvokeBinding: as(async ({ api }, { name, data, metadata, operation }: gen.InvokeBindingRequest, { signal, headers }) => {
      const given = { ...metadata, ...traceHeaders(headers) };
      const response = await api.bindings.invoke(name, { operation, data, metadata: given }, signal);
      return { data: response.data ?? new Uint8Array(0), metadata: response.metadata ?? {} };
    }),
    GetSecret: as(async ({ api }, { storeName, key, metadata }: gen.GetSecretRequest, { signal }) => {
      const secret = await api.secrets.get(storeName, key, metadata, signal);
      if (secret === undefined) throw new ApiError('ERR_SECRET_GET', `Secret store "${storeName}" has no such secret. Check its name.`);
      return { data: secret };
    }),
    GetBulkSecret: as(async ({ api }, { storeName, metadata }: gen.GetBulkSecretRequest, { signal }) => {
      const secrets = await api.secrets.getAll(storeName, metadata, signal);
      return { data: Object.fromEntries(Object.entries(secrets).map(([name, values]) => [name, { secrets: values }])) };
    }),
    GetConfiguration: as(async ({ api }, { storeName, keys, metadata }: gen.GetConfigurationRequest, { signal }) => ({
      items: await api.configuration.get(storeName, keys, metadata, signal),
    })),
    SubscribeConfiguration: (request, call) => subscribeConfiguration(request, call, callerOf),
    UnsubscribeConfiguration: as(async ({ api }, { storeName, id }: gen.UnsubscribeConfigurationRequest) => {
      await api.configuration.unsubscribe(storeName, id);
      return { ok: true, message: '' };
    }),
    TryLockAlpha1: as(async ({ api }, { storeName, ...request }: gen.TryLockRequest, { signal }) => ({
      success: await api.locks.tryLock(storeName, request, signal),
    })),
    UnlockAlpha1: as(async ({ api }, { storeName, ...request }: gen.UnlockRequest, { signal }) => ({
      status: unlockStatus[await api.locks.unlock(storeName, request, signal)],
    })),
    GetMetadata: as(async (app) => metadataOf(app)),
    SetMetadata: as(async ({ api }, { key, value }: gen.SetMetadataRequest) => {
      api.metadata.set(key, value);
      return nothing;
    }),
    Shutdown: as(async (app) => {
      app.shutdown();
      return nothing;
    }),
  };
}

async function* subscribeConfiguration(
  { storeName, keys, metadata }: gen.SubscribeConfigurationRequest,
  call: DaprCall,
  callerOf: CallerOf,
): AsyncIterable<gen.SubscribeConfigurationResponse> {
  try {
    const { configuration } = callerOf(call).api;
    const changes: ConfigurationItems[] = [];
    let wake = (): void => {};
    const id = await configuration.subscribe({
      store: storeName,
      keys,
      metadata,
      onChange: ({ items }) => {
        changes.push(items);
        wake();
      },
    });
    call.signal.addEventListener('abort', () => wake(), { once: true });
    try {
      // The first answer has no items: it tells the id by which the subscription is ended.
      yield { id, items: {} };
      while (!call.signal.aborted) {
        for (const items of changes.splice(0)) yield { id, items };
        if (changes.length === 0 && !call.signal.aborted) await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      await configuration.unsubscribe(storeName, id).catch(() => {});
    }
  } catch (error) {
    throw rpcFailure(error);
  }
}

function consistencyOf(consistency: gen.StateOptionsStateConsistency): ReadState {
  if (consistency === 'CONSISTENCY_STRONG') return { consistency: 'strong' };
  return consistency === 'CONSISTENCY_EVENTUAL' ? { consistency: 'eventual' } : {};
}

function conditionOf({ etag, options }: { etag?: gen.Etag; options?: gen.StateOptions }): Pick<StateItem, 'etag' | 'concurrency'> {
  return {
    ...(etag === undefined || etag.value === '' ? {} : { etag: etag.value }),
    ...(options?.concurrency === 'CONCURRENCY_FIRST_WRITE' ? { concurrency: 'first-write' as const } : {}),
  };
}

function itemOf(item: gen.StateItem): StateItem {
  return { key: item.key, value: item.value, metadata: item.metadata, ...conditionOf(item) };
}

function changeOf({ operationType, request }: gen.TransactionalStateOperation, metadata: Record<string, string>): StateChange {
  if (request === undefined) throw new ApiError('ERR_MALFORMED_REQUEST', 'An operation of the transaction has no request. Correct it.');
  const item = { ...itemOf(request), metadata: { ...metadata, ...request.metadata } };
  if (operationType === 'upsert') return { kind: 'upsert', item };
  if (operationType === 'delete') return { kind: 'delete', item };
  throw new ApiError(
    'ERR_NOT_SUPPORTED_STATE_OPERATION',
    'A transaction has an operation that is neither "upsert" nor "delete". Correct the request.',
  );
}

const contentTypeOf = (contentType: string): { contentType?: string } => (contentType === '' ? {} : { contentType });

function traceOf({ signal, headers }: DaprCall): { signal: AbortSignal; traceparent?: string; tracestate?: string } {
  const { traceparent, tracestate } = headers;
  return { signal, ...(traceparent === undefined ? {} : { traceparent }), ...(tracestate === undefined ? {} : { tracestate }) };
}

function metadataOf({ identity, api, components }: DaprApp): gen.GetMetadataResponse {
  return {
    id: identity.id,
    activeActorsCount: [],
    registeredComponents: components().map((opened) => ({
      name: opened.document.name,
      type: opened.document.type,
      version: opened.document.version,
      capabilities: capabilitiesOf(opened),
    })),
    extendedMetadata: Object.fromEntries(api.metadata.extended),
    subscriptions: [],
    httpEndpoints: [],
    runtimeVersion,
    enabledFeatures: [],
    actorRuntime: { runtimeStatus: 'DISABLED', activeActors: [], hostReady: false, placement: '' },
  };
}

/** Methods of building blocks that there are not, by what refuses them. */
export const refusedMethods: Readonly<Record<string, () => RpcError>> = Object.fromEntries([
  ...[
    'RegisterActorTimer',
    'UnregisterActorTimer',
    'RegisterActorReminder',
    'UnregisterActorReminder',
    'GetActorReminder',
    'GetActorState',
    'ExecuteActorStateTransaction',
    'InvokeActor',
  ].map((name) => [
    name,
    () => rpcFailure(new ApiError('ERR_ACTOR_RUNTIME_NOT_FOUND', 'This runtime has no actors. Use daprd for functions that need them.')),
  ]),
  ...[
    'StartWorkflowBeta1',
    'GetWorkflowBeta1',
    'PurgeWorkflowBeta1',
    'TerminateWorkflowBeta1',
    'PauseWorkflowBeta1',
    'ResumeWorkflowBeta1',
    'RaiseEventWorkflowBeta1',
  ].map((name) => [
    name,
    () =>
      rpcFailure(
        new ApiError('ERR_WORKFLOW_COMPONENT_NOT_FOUND', 'This runtime has no workflows. Use daprd for functions that need them.'),
      ),
  ]),
  ...['ScheduleJobAlpha1', 'GetJobAlpha1', 'DeleteJobAlpha1', 'ListJobsAlpha1'].map((name) => [
    name,
    () => rpcFailure(new ApiError('DAPR_SCHEDULER_SCHEDULE_JOB', 'This runtime has no jobs. Use daprd for functions that need them.')),
  ]),
  ...['ConverseAlpha1', 'ConverseAlpha2'].map((name) => [
    name,
    () =>
      rpcFailure(
        new ApiError('ERR_CONVERSATION_NOT_FOUND', 'This runtime has no conversation components. Use daprd for functions that need them.'),
      ),
  ]),
  ...['EncryptAlpha1', 'DecryptAlpha1'].map((name) => [
    name,
    () =>
      rpcFailure(
        new ApiError(
          'ERR_CRYPTO_PROVIDERS_NOT_CONFIGURED',
          'This runtime has no cryptography providers. Use daprd for functions that need them.',
        ),
      ),
  ]),
]);
