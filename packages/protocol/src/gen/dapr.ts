// Generated from the .proto files of @dapr/dapr by scripts/generate-dapr.ts; do not edit.

export interface ConfigurationItem {
  value: string;
  version: string;
  metadata: Record<string, string>;
}

export interface Etag {
  value: string;
}

export interface HTTPExtension {
  verb: HTTPExtensionVerb;
  querystring: string;
}

export type HTTPExtensionVerb = 'NONE' | 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'CONNECT' | 'OPTIONS' | 'TRACE' | 'PATCH';

export interface InvokeRequest {
  method: string;
  data?: Any;
  contentType: string;
  httpExtension?: HTTPExtension;
}

export interface InvokeResponse {
  data?: Any;
  contentType: string;
}

export interface StateItem {
  key: string;
  value: Uint8Array;
  etag?: Etag;
  metadata: Record<string, string>;
  options?: StateOptions;
}

export interface StateOptions {
  concurrency: StateOptionsStateConcurrency;
  consistency: StateOptionsStateConsistency;
}

export type StateOptionsStateConcurrency = 'CONCURRENCY_UNSPECIFIED' | 'CONCURRENCY_FIRST_WRITE' | 'CONCURRENCY_LAST_WRITE';

export type StateOptionsStateConsistency = 'CONSISTENCY_UNSPECIFIED' | 'CONSISTENCY_EVENTUAL' | 'CONSISTENCY_STRONG';

export interface ActiveActorsCount {
  type: string;
  count: number;
}

export interface ActorRuntime {
  runtimeStatus: ActorRuntimeStatus;
  activeActors: ActiveActorsCount[];
  hostReady: boolean;
  placement: string;
}

export type ActorRuntimeStatus = 'INITIALIZING' | 'DISABLED' | 'RUNNING';

export interface AppConnectionHealthProperties {
  healthCheckPath: string;
  healthProbeInterval: string;
  healthProbeTimeout: string;
  healthThreshold: number;
}

export interface AppConnectionProperties {
  port: number;
  protocol: string;
  channelAddress: string;
  maxConcurrency: number;
  health?: AppConnectionHealthProperties;
}

export interface BindingEventRequest {
  name: string;
  data: Uint8Array;
  metadata: Record<string, string>;
}

export interface BindingEventResponse {
  storeName: string;
  states: StateItem[];
  to: string[];
  data: Uint8Array;
  concurrency: BindingEventResponseBindingEventConcurrency;
}

export type BindingEventResponseBindingEventConcurrency = 'SEQUENTIAL' | 'PARALLEL';

export interface BulkPublishRequest {
  pubsubName: string;
  topic: string;
  entries: BulkPublishRequestEntry[];
  metadata: Record<string, string>;
}

export interface BulkPublishRequestEntry {
  entryId: string;
  event: Uint8Array;
  contentType: string;
  metadata: Record<string, string>;
}

export interface BulkPublishResponse {
  failedEntries: BulkPublishResponseFailedEntry[];
}

export interface BulkPublishResponseFailedEntry {
  entryId: string;
  error: string;
}

export interface BulkStateItem {
  key: string;
  data: Uint8Array;
  etag: string;
  error: string;
  metadata: Record<string, string>;
}

export interface BulkSubscribeConfig {
  enabled: boolean;
  maxMessagesCount: number;
  maxAwaitDurationMs: number;
}

export interface DeleteBulkStateRequest {
  storeName: string;
  states: StateItem[];
}

export interface DeleteStateRequest {
  storeName: string;
  key: string;
  etag?: Etag;
  options?: StateOptions;
  metadata: Record<string, string>;
}

export interface ExecuteStateTransactionRequest {
  storeName: string;
  operations: TransactionalStateOperation[];
  metadata: Record<string, string>;
}

export interface GetBulkSecretRequest {
  storeName: string;
  metadata: Record<string, string>;
}

export interface GetBulkSecretResponse {
  data: Record<string, SecretResponse>;
}

export interface GetBulkStateRequest {
  storeName: string;
  keys: string[];
  parallelism: number;
  metadata: Record<string, string>;
}

export interface GetBulkStateResponse {
  items: BulkStateItem[];
}

export interface GetConfigurationRequest {
  storeName: string;
  keys: string[];
  metadata: Record<string, string>;
}

export interface GetConfigurationResponse {
  items: Record<string, ConfigurationItem>;
}

export type GetMetadataRequest = Record<string, never>;

export interface GetMetadataResponse {
  id: string;
  activeActorsCount: ActiveActorsCount[];
  registeredComponents: RegisteredComponents[];
  extendedMetadata: Record<string, string>;
  subscriptions: PubsubSubscription[];
  httpEndpoints: MetadataHTTPEndpoint[];
  appConnectionProperties?: AppConnectionProperties;
  runtimeVersion: string;
  enabledFeatures: string[];
  actorRuntime?: ActorRuntime;
  scheduler?: MetadataScheduler;
  workflows?: MetadataWorkflows;
}

export interface GetSecretRequest {
  storeName: string;
  key: string;
  metadata: Record<string, string>;
}

export interface GetSecretResponse {
  data: Record<string, string>;
}

export interface GetStateRequest {
  storeName: string;
  key: string;
  consistency: StateOptionsStateConsistency;
  metadata: Record<string, string>;
}

export interface GetStateResponse {
  data: Uint8Array;
  etag: string;
  metadata: Record<string, string>;
}

export interface InvokeBindingRequest {
  name: string;
  data: Uint8Array;
  metadata: Record<string, string>;
  operation: string;
}

export interface InvokeBindingResponse {
  data: Uint8Array;
  metadata: Record<string, string>;
}

export interface InvokeServiceRequest {
  id: string;
  message?: InvokeRequest;
}

export interface ListInputBindingsResponse {
  bindings: string[];
}

export interface ListTopicSubscriptionsResponse {
  subscriptions: TopicSubscription[];
}

export interface MetadataHTTPEndpoint {
  name: string;
}

export interface MetadataScheduler {
  connectedAddresses: string[];
}

export interface MetadataWorkflows {
  connectedWorkers: number;
}

export interface PublishEventRequest {
  pubsubName: string;
  topic: string;
  data: Uint8Array;
  dataContentType: string;
  metadata: Record<string, string>;
}

export interface PubsubSubscription {
  pubsubName: string;
  topic: string;
  metadata: Record<string, string>;
  rules?: PubsubSubscriptionRules;
  deadLetterTopic: string;
  type: PubsubSubscriptionType;
}

export interface PubsubSubscriptionRule {
  match: string;
  path: string;
}

export interface PubsubSubscriptionRules {
  rules: PubsubSubscriptionRule[];
}

export type PubsubSubscriptionType = 'UNKNOWN' | 'DECLARATIVE' | 'PROGRAMMATIC' | 'STREAMING';

export interface RegisteredComponents {
  name: string;
  type: string;
  version: string;
  capabilities: string[];
}

export interface SaveStateRequest {
  storeName: string;
  states: StateItem[];
}

export interface SecretResponse {
  secrets: Record<string, string>;
}

export interface SetMetadataRequest {
  key: string;
  value: string;
}

export type ShutdownRequest = Record<string, never>;

export interface SubscribeConfigurationRequest {
  storeName: string;
  keys: string[];
  metadata: Record<string, string>;
}

export interface SubscribeConfigurationResponse {
  id: string;
  items: Record<string, ConfigurationItem>;
}

export interface SubscribeTopicEventsRequestAlpha1 {
  initialRequest?: SubscribeTopicEventsRequestInitialAlpha1;
  eventProcessed?: SubscribeTopicEventsRequestProcessedAlpha1;
}

export interface SubscribeTopicEventsRequestInitialAlpha1 {
  pubsubName: string;
  topic: string;
  metadata: Record<string, string>;
  deadLetterTopic?: string;
}

export interface SubscribeTopicEventsRequestProcessedAlpha1 {
  id: string;
  status?: TopicEventResponse;
}

export interface SubscribeTopicEventsResponseAlpha1 {
  initialResponse?: SubscribeTopicEventsResponseInitialAlpha1;
  eventMessage?: TopicEventRequest;
}

export type SubscribeTopicEventsResponseInitialAlpha1 = Record<string, never>;

export interface TopicEventRequest {
  id: string;
  source: string;
  type: string;
  specVersion: string;
  dataContentType: string;
  data: Uint8Array;
  topic: string;
  pubsubName: string;
  path: string;
  extensions?: Struct;
}

export interface TopicEventResponse {
  status: TopicEventResponseStatus;
}

export type TopicEventResponseStatus = 'SUCCESS' | 'RETRY' | 'DROP';

export interface TopicRoutes {
  rules: TopicRule[];
  default: string;
}

export interface TopicRule {
  match: string;
  path: string;
}

export interface TopicSubscription {
  pubsubName: string;
  topic: string;
  metadata: Record<string, string>;
  routes?: TopicRoutes;
  deadLetterTopic: string;
  bulkSubscribe?: BulkSubscribeConfig;
}

export interface TransactionalStateOperation {
  operationType: string;
  request?: StateItem;
}

export interface TryLockRequest {
  storeName: string;
  resourceId: string;
  lockOwner: string;
  expiryInSeconds: number;
}

export interface TryLockResponse {
  success: boolean;
}

export interface UnlockRequest {
  storeName: string;
  resourceId: string;
  lockOwner: string;
}

export interface UnlockResponse {
  status: UnlockResponseStatus;
}

export type UnlockResponseStatus = 'SUCCESS' | 'LOCK_DOES_NOT_EXIST' | 'LOCK_BELONGS_TO_OTHERS' | 'INTERNAL_ERROR';

export interface UnsubscribeConfigurationRequest {
  storeName: string;
  id: string;
}

export interface UnsubscribeConfigurationResponse {
  ok: boolean;
  message: string;
}

export interface Any {
  type_url: string;
  value: Uint8Array;
}

export type Empty = Record<string, never>;

export interface ListValue {
  values: Value[];
}

export type NullValue = 'NULL_VALUE';

export interface Struct {
  fields: Record<string, Value>;
}

export interface Value {
  nullValue?: NullValue;
  numberValue?: number;
  stringValue?: string;
  boolValue?: boolean;
  structValue?: Struct;
  listValue?: ListValue;
}

export const descriptor: string = "{\"nested\":{\"dapr\":{\"nested\":{\"proto\":{\"nested\":{\"common\":{\"nested\":{\"v1\":{\"nested\":{\"ConfigurationItem\":{\"fields\":{\"value\":{\"type\":\"string\",\"id\":1},\"version\":{\"type\":\"string\",\"id\":2},\"metadata\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":3}}},\"Etag\":{\"fields\":{\"value\":{\"type\":\"string\",\"id\":1}}},\"HTTPExtension\":{\"fields\":{\"verb\":{\"type\":\"Verb\",\"id\":1},\"querystring\":{\"type\":\"string\",\"id\":2}},\"nested\":{\"Verb\":{\"values\":{\"NONE\":0,\"GET\":1,\"HEAD\":2,\"POST\":3,\"PUT\":4,\"DELETE\":5,\"CONNECT\":6,\"OPTIONS\":7,\"TRACE\":8,\"PATCH\":9}}}},\"InvokeRequest\":{\"fields\":{\"method\":{\"type\":\"string\",\"id\":1},\"data\":{\"type\":\"google.protobuf.Any\",\"id\":2},\"contentType\":{\"type\":\"string\",\"id\":3,\"protoName\":\"content_type\"},\"httpExtension\":{\"type\":\"HTTPExtension\",\"id\":4,\"protoName\":\"http_extension\"}}},\"InvokeResponse\":{\"fields\":{\"data\":{\"type\":\"google.protobuf.Any\",\"id\":1},\"contentType\":{\"type\":\"string\",\"id\":2,\"protoName\":\"content_type\"}}},\"StateItem\":{\"fields\":{\"key\":{\"type\":\"string\",\"id\":1},\"value\":{\"type\":\"bytes\",\"id\":2},\"etag\":{\"type\":\"Etag\",\"id\":3},\"metadata\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":4},\"options\":{\"type\":\"StateOptions\",\"id\":5}}},\"StateOptions\":{\"fields\":{\"concurrency\":{\"type\":\"StateConcurrency\",\"id\":1},\"consistency\":{\"type\":\"StateConsistency\",\"id\":2}},\"nested\":{\"StateConcurrency\":{\"values\":{\"CONCURRENCY_UNSPECIFIED\":0,\"CONCURRENCY_FIRST_WRITE\":1,\"CONCURRENCY_LAST_WRITE\":2}},\"StateConsistency\":{\"values\":{\"CONSISTENCY_UNSPECIFIED\":0,\"CONSISTENCY_EVENTUAL\":1,\"CONSISTENCY_STRONG\":2}}}}}}}},\"runtime\":{\"nested\":{\"v1\":{\"nested\":{\"ActiveActorsCount\":{\"fields\":{\"type\":{\"type\":\"string\",\"id\":1},\"count\":{\"type\":\"int32\",\"id\":2}}},\"ActorRuntime\":{\"fields\":{\"runtimeStatus\":{\"type\":\"ActorRuntimeStatus\",\"id\":1,\"protoName\":\"runtime_status\",\"options\":{\"json_name\":\"runtimeStatus\"}},\"activeActors\":{\"rule\":\"repeated\",\"type\":\"ActiveActorsCount\",\"id\":2,\"protoName\":\"active_actors\",\"options\":{\"json_name\":\"activeActors\"}},\"hostReady\":{\"type\":\"bool\",\"id\":3,\"protoName\":\"host_ready\",\"options\":{\"json_name\":\"hostReady\"}},\"placement\":{\"type\":\"string\",\"id\":4,\"options\":{\"json_name\":\"placement\"}}},\"nested\":{\"ActorRuntimeStatus\":{\"values\":{\"INITIALIZING\":0,\"DISABLED\":1,\"RUNNING\":2}}}},\"AppConnectionHealthProperties\":{\"fields\":{\"healthCheckPath\":{\"type\":\"string\",\"id\":1,\"protoName\":\"health_check_path\",\"options\":{\"json_name\":\"healthCheckPath\"}},\"healthProbeInterval\":{\"type\":\"string\",\"id\":2,\"protoName\":\"health_probe_interval\",\"options\":{\"json_name\":\"healthProbeInterval\"}},\"healthProbeTimeout\":{\"type\":\"string\",\"id\":3,\"protoName\":\"health_probe_timeout\",\"options\":{\"json_name\":\"healthProbeTimeout\"}},\"healthThreshold\":{\"type\":\"int32\",\"id\":4,\"protoName\":\"health_threshold\",\"options\":{\"json_name\":\"healthThreshold\"}}}},\"AppConnectionProperties\":{\"fields\":{\"port\":{\"type\":\"int32\",\"id\":1},\"protocol\":{\"type\":\"string\",\"id\":2},\"channelAddress\":{\"type\":\"string\",\"id\":3,\"protoName\":\"channel_address\",\"options\":{\"json_name\":\"channelAddress\"}},\"maxConcurrency\":{\"type\":\"int32\",\"id\":4,\"protoName\":\"max_concurrency\",\"options\":{\"json_name\":\"maxConcurrency\"}},\"health\":{\"type\":\"AppConnectionHealthProperties\",\"id\":5}}},\"BindingEventRequest\":{\"fields\":{\"name\":{\"type\":\"string\",\"id\":1},\"data\":{\"type\":\"bytes\",\"id\":2},\"metadata\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":3}}},\"BindingEventResponse\":{\"fields\":{\"storeName\":{\"type\":\"string\",\"id\":1,\"protoName\":\"store_name\"},\"states\":{\"rule\":\"repeated\",\"type\":\"common.v1.StateItem\",\"id\":2},\"to\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":3},\"data\":{\"type\":\"bytes\",\"id\":4},\"concurrency\":{\"type\":\"BindingEventConcurrency\",\"id\":5}},\"nested\":{\"BindingEventConcurrency\":{\"values\":{\"SEQUENTIAL\":0,\"PARALLEL\":1}}}},\"BulkPublishRequest\":{\"fields\":{\"pubsubName\":{\"type\":\"string\",\"id\":1,\"protoName\":\"pubsub_name\"},\"topic\":{\"type\":\"string\",\"id\":2},\"entries\":{\"rule\":\"repeated\",\"type\":\"BulkPublishRequestEntry\",\"id\":3},\"metadata\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":4}}},\"BulkPublishRequestEntry\":{\"fields\":{\"entryId\":{\"type\":\"string\",\"id\":1,\"protoName\":\"entry_id\"},\"event\":{\"type\":\"bytes\",\"id\":2},\"contentType\":{\"type\":\"string\",\"id\":3,\"protoName\":\"content_type\"},\"metadata\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":4}}},\"BulkPublishResponse\":{\"fields\":{\"failedEntries\":{\"rule\":\"repeated\",\"type\":\"BulkPublishResponseFailedEntry\",\"id\":1}}},\"BulkPublishResponseFailedEntry\":{\"fields\":{\"entryId\":{\"type\":\"string\",\"id\":1,\"protoName\":\"entry_id\"},\"error\":{\"type\":\"string\",\"id\":2}}},\"BulkStateItem\":{\"fields\":{\"key\":{\"type\":\"string\",\"id\":1},\"data\":{\"type\":\"bytes\",\"id\":2},\"etag\":{\"type\":\"string\",\"id\":3},\"error\":{\"type\":\"string\",\"id\":4},\"metadata\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":5}}},\"BulkSubscribeConfig\":{\"fields\":{\"enabled\":{\"type\":\"bool\",\"id\":1},\"maxMessagesCount\":{\"type\":\"int32\",\"id\":2,\"protoName\":\"max_messages_count\"},\"maxAwaitDurationMs\":{\"type\":\"int32\",\"id\":3,\"protoName\":\"max_await_duration_ms\"}}},\"DeleteBulkStateRequest\":{\"fields\":{\"storeName\":{\"type\":\"string\",\"id\":1,\"protoName\":\"store_name\"},\"states\":{\"rule\":\"repeated\",\"type\":\"common.v1.StateItem\",\"id\":2}}},\"DeleteStateRequest\":{\"fields\":{\"storeName\":{\"type\":\"string\",\"id\":1,\"protoName\":\"store_name\"},\"key\":{\"type\":\"string\",\"id\":2},\"etag\":{\"type\":\"common.v1.Etag\",\"id\":3},\"options\":{\"type\":\"common.v1.StateOptions\",\"id\":4},\"metadata\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":5}}},\"ExecuteStateTransactionRequest\":{\"fields\":{\"storeName\":{\"type\":\"string\",\"id\":1},\"operations\":{\"rule\":\"repeated\",\"type\":\"TransactionalStateOperation\",\"id\":2},\"metadata\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":3}}},\"GetBulkSecretRequest\":{\"fields\":{\"storeName\":{\"type\":\"string\",\"id\":1,\"protoName\":\"store_name\",\"options\":{\"json_name\":\"storeName\"}},\"metadata\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":2}}},\"GetBulkSecretResponse\":{\"fields\":{\"data\":{\"keyType\":\"string\",\"type\":\"SecretResponse\",\"id\":1}}},\"GetBulkStateRequest\":{\"fields\":{\"storeName\":{\"type\":\"string\",\"id\":1,\"protoName\":\"store_name\"},\"keys\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":2},\"parallelism\":{\"type\":\"int32\",\"id\":3},\"metadata\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":4}}},\"GetBulkStateResponse\":{\"fields\":{\"items\":{\"rule\":\"repeated\",\"type\":\"BulkStateItem\",\"id\":1}}},\"GetConfigurationRequest\":{\"fields\":{\"storeName\":{\"type\":\"string\",\"id\":1,\"protoName\":\"store_name\"},\"keys\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":2},\"metadata\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":3}}},\"GetConfigurationResponse\":{\"fields\":{\"items\":{\"keyType\":\"string\",\"type\":\"common.v1.ConfigurationItem\",\"id\":1}}},\"GetMetadataRequest\":{\"fields\":{}},\"GetMetadataResponse\":{\"oneofs\":{\"_scheduler\":{\"oneof\":[\"scheduler\"]},\"_workflows\":{\"oneof\":[\"workflows\"]}},\"fields\":{\"id\":{\"type\":\"string\",\"id\":1},\"activeActorsCount\":{\"rule\":\"repeated\",\"type\":\"ActiveActorsCount\",\"id\":2,\"protoName\":\"active_actors_count\",\"jsonName\":\"actors\",\"options\":{\"json_name\":\"actors\",\"deprecated\":true}},\"registeredComponents\":{\"rule\":\"repeated\",\"type\":\"RegisteredComponents\",\"id\":3,\"protoName\":\"registered_components\",\"jsonName\":\"components\",\"options\":{\"json_name\":\"components\"}},\"extendedMetadata\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":4,\"protoName\":\"extended_metadata\",\"jsonName\":\"extended\",\"options\":{\"json_name\":\"extended\"}},\"subscriptions\":{\"rule\":\"repeated\",\"type\":\"PubsubSubscription\",\"id\":5,\"options\":{\"json_name\":\"subscriptions\"}},\"httpEndpoints\":{\"rule\":\"repeated\",\"type\":\"MetadataHTTPEndpoint\",\"id\":6,\"protoName\":\"http_endpoints\",\"options\":{\"json_name\":\"httpEndpoints\"}},\"appConnectionProperties\":{\"type\":\"AppConnectionProperties\",\"id\":7,\"protoName\":\"app_connection_properties\",\"options\":{\"json_name\":\"appConnectionProperties\"}},\"runtimeVersion\":{\"type\":\"string\",\"id\":8,\"protoName\":\"runtime_version\",\"options\":{\"json_name\":\"runtimeVersion\"}},\"enabledFeatures\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":9,\"protoName\":\"enabled_features\",\"options\":{\"json_name\":\"enabledFeatures\"}},\"actorRuntime\":{\"type\":\"ActorRuntime\",\"id\":10,\"protoName\":\"actor_runtime\",\"options\":{\"json_name\":\"actorRuntime\"}},\"scheduler\":{\"type\":\"MetadataScheduler\",\"id\":11,\"options\":{\"json_name\":\"scheduler\",\"proto3_optional\":true}},\"workflows\":{\"type\":\"MetadataWorkflows\",\"id\":12,\"options\":{\"json_name\":\"workflows\",\"proto3_optional\":true}}}},\"GetSecretRequest\":{\"fields\":{\"storeName\":{\"type\":\"string\",\"id\":1,\"protoName\":\"store_name\",\"options\":{\"json_name\":\"storeName\"}},\"key\":{\"type\":\"string\",\"id\":2},\"metadata\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":3}}},\"GetSecretResponse\":{\"fields\":{\"data\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":1}}},\"GetStateRequest\":{\"fields\":{\"storeName\":{\"type\":\"string\",\"id\":1,\"protoName\":\"store_name\"},\"key\":{\"type\":\"string\",\"id\":2},\"consistency\":{\"type\":\"common.v1.StateOptions.StateConsistency\",\"id\":3},\"metadata\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":4}}},\"GetStateResponse\":{\"fields\":{\"data\":{\"type\":\"bytes\",\"id\":1},\"etag\":{\"type\":\"string\",\"id\":2},\"metadata\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":3}}},\"InvokeBindingRequest\":{\"fields\":{\"name\":{\"type\":\"string\",\"id\":1},\"data\":{\"type\":\"bytes\",\"id\":2},\"metadata\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":3},\"operation\":{\"type\":\"string\",\"id\":4}}},\"InvokeBindingResponse\":{\"fields\":{\"data\":{\"type\":\"bytes\",\"id\":1},\"metadata\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":2}}},\"InvokeServiceRequest\":{\"fields\":{\"id\":{\"type\":\"string\",\"id\":1},\"message\":{\"type\":\"common.v1.InvokeRequest\",\"id\":3}}},\"ListInputBindingsResponse\":{\"fields\":{\"bindings\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":1}}},\"ListTopicSubscriptionsResponse\":{\"fields\":{\"subscriptions\":{\"rule\":\"repeated\",\"type\":\"TopicSubscription\",\"id\":1}}},\"MetadataHTTPEndpoint\":{\"fields\":{\"name\":{\"type\":\"string\",\"id\":1,\"options\":{\"json_name\":\"name\"}}}},\"MetadataScheduler\":{\"fields\":{\"connectedAddresses\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":1,\"protoName\":\"connected_addresses\"}}},\"MetadataWorkflows\":{\"fields\":{\"connectedWorkers\":{\"type\":\"int32\",\"id\":1,\"protoName\":\"connected_workers\",\"options\":{\"json_name\":\"connectedWorkers\"}}}},\"PublishEventRequest\":{\"fields\":{\"pubsubName\":{\"type\":\"string\",\"id\":1,\"protoName\":\"pubsub_name\"},\"topic\":{\"type\":\"string\",\"id\":2},\"data\":{\"type\":\"bytes\",\"id\":3},\"dataContentType\":{\"type\":\"string\",\"id\":4,\"protoName\":\"data_content_type\"},\"metadata\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":5}}},\"PubsubSubscription\":{\"fields\":{\"pubsubName\":{\"type\":\"string\",\"id\":1,\"protoName\":\"pubsub_name\",\"jsonName\":\"pubsubname\",\"options\":{\"json_name\":\"pubsubname\"}},\"topic\":{\"type\":\"string\",\"id\":2,\"options\":{\"json_name\":\"topic\"}},\"metadata\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":3,\"options\":{\"json_name\":\"metadata\"}},\"rules\":{\"type\":\"PubsubSubscriptionRules\",\"id\":4,\"options\":{\"json_name\":\"rules\"}},\"deadLetterTopic\":{\"type\":\"string\",\"id\":5,\"protoName\":\"dead_letter_topic\",\"options\":{\"json_name\":\"deadLetterTopic\"}},\"type\":{\"type\":\"PubsubSubscriptionType\",\"id\":6,\"options\":{\"json_name\":\"type\"}}}},\"PubsubSubscriptionRule\":{\"fields\":{\"match\":{\"type\":\"string\",\"id\":1},\"path\":{\"type\":\"string\",\"id\":2}}},\"PubsubSubscriptionRules\":{\"fields\":{\"rules\":{\"rule\":\"repeated\",\"type\":\"PubsubSubscriptionRule\",\"id\":1}}},\"PubsubSubscriptionType\":{\"values\":{\"UNKNOWN\":0,\"DECLARATIVE\":1,\"PROGRAMMATIC\":2,\"STREAMING\":3}},\"RegisteredComponents\":{\"fields\":{\"name\":{\"type\":\"string\",\"id\":1},\"type\":{\"type\":\"string\",\"id\":2},\"version\":{\"type\":\"string\",\"id\":3},\"capabilities\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":4}}},\"SaveStateRequest\":{\"fields\":{\"storeName\":{\"type\":\"string\",\"id\":1,\"protoName\":\"store_name\"},\"states\":{\"rule\":\"repeated\",\"type\":\"common.v1.StateItem\",\"id\":2}}},\"SecretResponse\":{\"fields\":{\"secrets\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":1}}},\"SetMetadataRequest\":{\"fields\":{\"key\":{\"type\":\"string\",\"id\":1},\"value\":{\"type\":\"string\",\"id\":2}}},\"ShutdownRequest\":{\"fields\":{}},\"SubscribeConfigurationRequest\":{\"fields\":{\"storeName\":{\"type\":\"string\",\"id\":1,\"protoName\":\"store_name\"},\"keys\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":2},\"metadata\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":3}}},\"SubscribeConfigurationResponse\":{\"fields\":{\"id\":{\"type\":\"string\",\"id\":1},\"items\":{\"keyType\":\"string\",\"type\":\"common.v1.ConfigurationItem\",\"id\":2}}},\"SubscribeTopicEventsRequestAlpha1\":{\"oneofs\":{\"subscribeTopicEventsRequestType\":{\"oneof\":[\"initialRequest\",\"eventProcessed\"]}},\"fields\":{\"initialRequest\":{\"type\":\"SubscribeTopicEventsRequestInitialAlpha1\",\"id\":1,\"protoName\":\"initial_request\"},\"eventProcessed\":{\"type\":\"SubscribeTopicEventsRequestProcessedAlpha1\",\"id\":2,\"protoName\":\"event_processed\"}}},\"SubscribeTopicEventsRequestInitialAlpha1\":{\"oneofs\":{\"_deadLetterTopic\":{\"oneof\":[\"deadLetterTopic\"]}},\"fields\":{\"pubsubName\":{\"type\":\"string\",\"id\":1,\"protoName\":\"pubsub_name\"},\"topic\":{\"type\":\"string\",\"id\":2},\"metadata\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":3},\"deadLetterTopic\":{\"type\":\"string\",\"id\":4,\"protoName\":\"dead_letter_topic\",\"options\":{\"proto3_optional\":true}}}},\"SubscribeTopicEventsRequestProcessedAlpha1\":{\"fields\":{\"id\":{\"type\":\"string\",\"id\":1},\"status\":{\"type\":\"TopicEventResponse\",\"id\":2}}},\"SubscribeTopicEventsResponseAlpha1\":{\"oneofs\":{\"subscribeTopicEventsResponseType\":{\"oneof\":[\"initialResponse\",\"eventMessage\"]}},\"fields\":{\"initialResponse\":{\"type\":\"SubscribeTopicEventsResponseInitialAlpha1\",\"id\":1,\"protoName\":\"initial_response\"},\"eventMessage\":{\"type\":\"TopicEventRequest\",\"id\":2,\"protoName\":\"event_message\"}}},\"SubscribeTopicEventsResponseInitialAlpha1\":{\"fields\":{}},\"TopicEventRequest\":{\"fields\":{\"id\":{\"type\":\"string\",\"id\":1},\"source\":{\"type\":\"string\",\"id\":2},\"type\":{\"type\":\"string\",\"id\":3},\"specVersion\":{\"type\":\"string\",\"id\":4,\"protoName\":\"spec_version\"},\"dataContentType\":{\"type\":\"string\",\"id\":5,\"protoName\":\"data_content_type\"},\"data\":{\"type\":\"bytes\",\"id\":7},\"topic\":{\"type\":\"string\",\"id\":6},\"pubsubName\":{\"type\":\"string\",\"id\":8,\"protoName\":\"pubsub_name\"},\"path\":{\"type\":\"string\",\"id\":9},\"extensions\":{\"type\":\"google.protobuf.Struct\",\"id\":10}}},\"TopicEventResponse\":{\"fields\":{\"status\":{\"type\":\"TopicEventResponseStatus\",\"id\":1}},\"nested\":{\"TopicEventResponseStatus\":{\"values\":{\"SUCCESS\":0,\"RETRY\":1,\"DROP\":2}}}},\"TopicRoutes\":{\"fields\":{\"rules\":{\"rule\":\"repeated\",\"type\":\"TopicRule\",\"id\":1},\"default\":{\"type\":\"string\",\"id\":2}}},\"TopicRule\":{\"fields\":{\"match\":{\"type\":\"string\",\"id\":1},\"path\":{\"type\":\"string\",\"id\":2}}},\"TopicSubscription\":{\"fields\":{\"pubsubName\":{\"type\":\"string\",\"id\":1,\"protoName\":\"pubsub_name\"},\"topic\":{\"type\":\"string\",\"id\":2},\"metadata\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":3},\"routes\":{\"type\":\"TopicRoutes\",\"id\":5},\"deadLetterTopic\":{\"type\":\"string\",\"id\":6,\"protoName\":\"dead_letter_topic\"},\"bulkSubscribe\":{\"type\":\"BulkSubscribeConfig\",\"id\":7,\"protoName\":\"bulk_subscribe\"}}},\"TransactionalStateOperation\":{\"fields\":{\"operationType\":{\"type\":\"string\",\"id\":1},\"request\":{\"type\":\"common.v1.StateItem\",\"id\":2}}},\"TryLockRequest\":{\"fields\":{\"storeName\":{\"type\":\"string\",\"id\":1,\"protoName\":\"store_name\",\"options\":{\"json_name\":\"storeName\"}},\"resourceId\":{\"type\":\"string\",\"id\":2,\"protoName\":\"resource_id\",\"options\":{\"json_name\":\"resourceId\"}},\"lockOwner\":{\"type\":\"string\",\"id\":3,\"protoName\":\"lock_owner\",\"options\":{\"json_name\":\"lockOwner\"}},\"expiryInSeconds\":{\"type\":\"int32\",\"id\":4,\"protoName\":\"expiry_in_seconds\",\"options\":{\"json_name\":\"expiryInSeconds\"}}}},\"TryLockResponse\":{\"fields\":{\"success\":{\"type\":\"bool\",\"id\":1}}},\"UnlockRequest\":{\"fields\":{\"storeName\":{\"type\":\"string\",\"id\":1,\"protoName\":\"store_name\",\"options\":{\"json_name\":\"storeName\"}},\"resourceId\":{\"type\":\"string\",\"id\":2,\"protoName\":\"resource_id\",\"options\":{\"json_name\":\"resourceId\"}},\"lockOwner\":{\"type\":\"string\",\"id\":3,\"protoName\":\"lock_owner\",\"options\":{\"json_name\":\"lockOwner\"}}}},\"UnlockResponse\":{\"fields\":{\"status\":{\"type\":\"Status\",\"id\":1}},\"nested\":{\"Status\":{\"values\":{\"SUCCESS\":0,\"LOCK_DOES_NOT_EXIST\":1,\"LOCK_BELONGS_TO_OTHERS\":2,\"INTERNAL_ERROR\":3}}}},\"UnsubscribeConfigurationRequest\":{\"fields\":{\"storeName\":{\"type\":\"string\",\"id\":1,\"protoName\":\"store_name\"},\"id\":{\"type\":\"string\",\"id\":2}}},\"UnsubscribeConfigurationResponse\":{\"fields\":{\"ok\":{\"type\":\"bool\",\"id\":1},\"message\":{\"type\":\"string\",\"id\":2}}}}}}}}}}},\"google\":{\"nested\":{\"protobuf\":{\"nested\":{\"Any\":{\"fields\":{\"type_url\":{\"type\":\"string\",\"id\":1},\"value\":{\"type\":\"bytes\",\"id\":2}}},\"Empty\":{\"fields\":{}},\"ListValue\":{\"fields\":{\"values\":{\"rule\":\"repeated\",\"type\":\"Value\",\"id\":1}}},\"NullValue\":{\"values\":{\"NULL_VALUE\":0}},\"Struct\":{\"fields\":{\"fields\":{\"keyType\":\"string\",\"type\":\"Value\",\"id\":1}}},\"Value\":{\"oneofs\":{\"kind\":{\"oneof\":[\"nullValue\",\"numberValue\",\"stringValue\",\"boolValue\",\"structValue\",\"listValue\"]}},\"fields\":{\"nullValue\":{\"type\":\"NullValue\",\"id\":1,\"protoName\":\"null_value\"},\"numberValue\":{\"type\":\"double\",\"id\":2,\"protoName\":\"number_value\"},\"stringValue\":{\"type\":\"string\",\"id\":3,\"protoName\":\"string_value\"},\"boolValue\":{\"type\":\"bool\",\"id\":4,\"protoName\":\"bool_value\"},\"structValue\":{\"type\":\"Struct\",\"id\":5,\"protoName\":\"struct_value\"},\"listValue\":{\"type\":\"ListValue\",\"id\":6,\"protoName\":\"list_value\"}}}}}}}}}";

