import { codecsOf } from '../codec.ts';
import { descriptor } from '../gen/dapr.ts';
import type * as gen from '../gen/dapr.ts';
import { callStream, first, flattened, handlerOf, later, one, type Method } from '../method.ts';
import { RpcError } from '../rpc-error.ts';
import type { CallHeaders, Handler, Service, Transport } from '../transport.ts';
import { appMethods, runtimeMethods, type MethodOf } from './methods.ts';

type Empty = gen.Empty;

/** What a call says beside its message. */
export interface DaprCall {
  signal: AbortSignal;
  headers: CallHeaders;
}

/** `dapr.proto.runtime.v1.Dapr`, as far as it is served. */
export interface DaprRuntimeService {
  InvokeService(request: gen.InvokeServiceRequest, call: DaprCall): Promise<gen.InvokeResponse>;
  GetState(request: gen.GetStateRequest, call: DaprCall): Promise<gen.GetStateResponse>;
  GetBulkState(request: gen.GetBulkStateRequest, call: DaprCall): Promise<gen.GetBulkStateResponse>;
  SaveState(request: gen.SaveStateRequest, call: DaprCall): Promise<Empty>;
  DeleteState(request: gen.DeleteStateRequest, call: DaprCall): Promise<Empty>;
  DeleteBulkState(request: gen.DeleteBulkStateRequest, call: DaprCall): Promise<Empty>;
  ExecuteStateTransaction(request: gen.ExecuteStateTransactionRequest, call: DaprCall): Promise<Empty>;
  PublishEvent(request: gen.PublishEventRequest, call: DaprCall): Promise<Empty>;
  BulkPublishEvent(request: gen.BulkPublishRequest, call: DaprCall): Promise<gen.BulkPublishResponse>;
  SubscribeTopicEventsAlpha1(
    requests: AsyncIterable<gen.SubscribeTopicEventsRequestAlpha1>,
    call: DaprCall,
  ): AsyncIterable<gen.SubscribeTopicEventsResponseAlpha1>;
  InvokeBinding(request: gen.InvokeBindingRequest, call: DaprCall): Promise<gen.InvokeBindingResponse>;
  GetSecret(request: gen.GetSecretRequest, call: DaprCall): Promise<gen.GetSecretResponse>;
  GetBulkSecret(request: gen.GetBulkSecretRequest, call: DaprCall): Promise<gen.GetBulkSecretResponse>;
  GetConfiguration(request: gen.GetConfigurationRequest, call: DaprCall): Promise<gen.GetConfigurationResponse>;
  SubscribeConfiguration(request: gen.SubscribeConfigurationRequest, call: DaprCall): AsyncIterable<gen.SubscribeConfigurationResponse>;
  UnsubscribeConfiguration(request: gen.UnsubscribeConfigurationRequest, call: DaprCall): Promise<gen.UnsubscribeConfigurationResponse>;
  TryLockAlpha1(request: gen.TryLockRequest, call: DaprCall): Promise<gen.TryLockResponse>;
  UnlockAlpha1(request: gen.UnlockRequest, call: DaprCall): Promise<gen.UnlockResponse>;
  GetMetadata(request: gen.GetMetadataRequest, call: DaprCall): Promise<gen.GetMetadataResponse>;
  SetMetadata(request: gen.SetMetadataRequest, call: DaprCall): Promise<Empty>;
  Shutdown(request: gen.ShutdownRequest, call: DaprCall): Promise<Empty>;
}

/** `dapr.proto.runtime.v1.AppCallback`: what an app answers. */
export interface AppCallback {
  OnInvoke(request: gen.InvokeRequest, call: DaprCall): Promise<gen.InvokeResponse>;
  ListTopicSubscriptions(request: Empty, call: DaprCall): Promise<gen.ListTopicSubscriptionsResponse>;
  OnTopicEvent(request: gen.TopicEventRequest, call: DaprCall): Promise<gen.TopicEventResponse>;
  ListInputBindings(request: Empty, call: DaprCall): Promise<gen.ListInputBindingsResponse>;
  OnBindingEvent(request: gen.BindingEventRequest, call: DaprCall): Promise<gen.BindingEventResponse>;
}

const codec = codecsOf(descriptor);
const runtimePath = 'dapr.proto.runtime.v1.Dapr';
const callbackPath = 'dapr.proto.runtime.v1.AppCallback';
/** Names of versions that mean the same. */
const sameAs: Record<string, string> = {
  BulkPublishEventAlpha1: 'BulkPublishEvent',
  GetConfigurationAlpha1: 'GetConfiguration',
  SubscribeConfigurationAlpha1: 'SubscribeConfiguration',
  UnsubscribeConfigurationAlpha1: 'UnsubscribeConfiguration',
};

type Implementation = Record<string, (request: unknown, call: DaprCall) => Promise<unknown> | AsyncIterable<unknown>>;

function method(service: string, name: string, { request, answer }: MethodOf): Method<unknown, unknown> {
  return { path: `/${service}/${name}`, request: codec(request), answer: codec(answer) };
}

/** Serves Dapr's API; a method that `refuse` knows is refused by the error that it gives. */
export function serveDapr(dapr: DaprRuntimeService, refuse: (method: string) => RpcError | undefined, refused: readonly string[]): Service {
  return {
    methods: new Map([
      ...handlersOf(runtimePath, runtimeMethods, dapr as unknown as Implementation),
      ...refused.map((name) => refusal(name, refuse)),
    ]),
  };
}

/** Serves an app, for tests of who calls it. */
export function serveAppCallback(app: AppCallback): Service {
  return { methods: new Map(handlersOf(callbackPath, appMethods, app as unknown as Implementation)) };
}

export function createAppCallbackClient(transport: Transport): AppCallback {
  const calls = Object.entries(appMethods).map(([name, types]) => [name, unaryCall(transport, method(callbackPath, name, types))]);
  return Object.fromEntries(calls) as AppCallback;
}

const healthPath = 'dapr.proto.runtime.v1.AppCallbackHealthCheck';
// Both messages of it are empty.
const healthMethod: MethodOf = { request: 'google.protobuf.Empty', answer: 'google.protobuf.Empty' };

/** Serves the health check of an app; well as long as it does not reject. */
export function serveAppHealth(check: () => Promise<void>): Service {
  const HealthCheck = async (): Promise<Empty> => (await check(), {});
  return { methods: new Map(handlersOf(healthPath, { HealthCheck: healthMethod }, { HealthCheck })) };
}

/** Asks an app whether it is well: rejects when it is not. */
export function createAppHealthClient(transport: Transport): (call: DaprCall) => Promise<void> {
  const check = unaryCall(transport, method(healthPath, 'HealthCheck', healthMethod));
  return async (call) => void (await check({}, call));
}

const streamsAnswers = new Set(['SubscribeConfiguration']);

/** Calls Dapr's API. */
export function createDaprClient(transport: Transport): DaprRuntimeService {
  const calls = Object.entries(runtimeMethods).map(([name, types]) => {
    const of = method(runtimePath, name, types);
    if (types.isStreamed === true)
      return [
        name,
        (requests: AsyncIterable<unknown>, { signal, headers }: DaprCall) => callStream(transport, of, requests, signal, headers),
      ];
    if (streamsAnswers.has(name))
      return [name, (request: unknown, { signal, headers }: DaprCall) => callStream(transport, of, one(request), signal, headers)];
    return [name, unaryCall(transport, of)];
  });
  return Object.fromEntries(calls) as DaprRuntimeService;
}

function unaryCall(transport: Transport, of: Method<unknown, unknown>): (request: unknown, call: DaprCall) => Promise<unknown> {
  return (request, { signal, headers }) => first(callStream(transport, of, one(request), signal, headers));
}

function handlersOf(service: string, methods: Readonly<Record<string, MethodOf>>, implementation: Implementation): [string, Handler][] {
  return Object.entries(methods).map(([name, types]) => {
    const implemented = implementation[sameAs[name] ?? name];
    return handlerOf(method(service, name, types), (requests, signal, headers = {}) => {
      if (types.isStreamed === true) return asStream(implemented?.(requests, { signal, headers }));
      return flattened(requests, (request) => asStream(implemented?.(request, { signal, headers })));
    });
  });
}

function asStream(answer: Promise<unknown> | AsyncIterable<unknown> | undefined): AsyncIterable<unknown> {
  if (answer === undefined) throw new RpcError('Unimplemented', 'The method is not served. Use another one.');
  return answer instanceof Promise ? later(answer) : answer;
}

function refusal(name: string, refuse: (method: string) => RpcError | undefined): [string, Handler] {
  return [
    `/${runtimePath}/${name}`,
    // eslint-disable-next-line require-yield
    async function* refused() {
      throw refuse(name) ?? new RpcError('Unimplemented', 'The method is not served. Use another one.');
    },
  ];
}
