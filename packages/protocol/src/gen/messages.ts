// Generated from proto/openfunction by scripts/generate.ts; do not edit.

export interface BuildRequest {
  builder: string;
  uid: string;
  specJson: string;
}

export interface BuildResponse {
  state: string;
  reason: string;
  message: string;
  digest: string;
  size: number;
  commitSha: string;
  commitAuthor: string;
  sourceDigest: string;
  durationMs: number;
  log: string;
}

export interface CancelRequest {
  builder: string;
  uid: string;
}

export interface CancelResponse {
  log: string;
}

export interface LogRequest {
  builder: string;
  uid: string;
}

export interface LogResponse {
  atMs: number;
  text: string;
}

export interface UploadRequest {
  ref?: string;
  chunk?: Uint8Array;
  target?: UploadTarget;
}

export interface UploadTarget {
  image: string;
  namespace: string;
  imageCredentials: string;
}

export interface UploadResponse {
  image: string;
}

export type WatchDeliveriesRequest = Record<string, never>;

export interface WatchDeliveriesResponse {
  state?: DeliveryState;
  removed?: string;
  snapshotEnd?: SnapshotEnd;
}

export type SnapshotEnd = Record<string, never>;

export interface DeliveryState {
  serving: string;
  uid: string;
  isDelivering: boolean;
  reason: string;
  message: string;
}

export interface EndedLogRequest {
  servings: string[];
  tailLines: number;
}

export interface EndedLogResponse {
  atMs: number;
  text: string;
}

export interface ListInstancesRequest {
  namespace: string;
}

export interface ListInstancesResponse {
  instances: InstanceUse[];
}

export interface InstanceUse {
  instance: string;
  serving: string;
  answered: boolean;
  inFlight: number;
  requests: number;
  memoryBytes: number;
  cpuMs: number;
  createdAtMs: number;
}

export interface ConnectRequest {
  hello?: Hello;
  demand?: Demand;
  load?: Load;
}

export interface Hello {
  gatewayId: string;
  held: Grant[];
  nowMs: number;
}

export interface Demand {
  serving: string;
  waiting: number;
  grantsSeen: number;
}

export interface Load {
  servings: ServingLoad[];
  grantsSeen: number;
}

export interface ServingLoad {
  serving: string;
  inFlight: number;
  averageConcurrency: number;
  requests: number;
  instances: InstanceLoad[];
  overMs: number;
}

export interface InstanceLoad {
  instance: string;
  inFlight: number;
  failures: number;
}

export interface ConnectResponse {
  grant?: Grant;
  refusal?: Refusal;
  welcome?: Welcome;
  dial?: Dial;
}

export interface Dial {
  instance: string;
  endpoint?: Endpoint;
}

export type Welcome = Record<string, never>;

export interface Grant {
  serving: string;
  instance: string;
  endpoint?: Endpoint;
  slots: number;
  expiresAtMs: number;
}

export interface Refusal {
  serving: string;
  code: string;
  message: string;
  retryAfterSeconds: number;
}

export interface Endpoint {
  unix?: string;
  tcp?: Tcp;
}

export interface Tcp {
  host: string;
  port: number;
}

export type WatchServingsRequest = Record<string, never>;

export interface WatchServingsResponse {
  state?: ServingState;
  removed?: string;
  snapshotEnd?: SnapshotEnd;
}

export interface ServingState {
  serving: string;
  uid: string;
  observedGeneration: number;
  verified: boolean;
  proven: boolean;
  ready: number;
  starting: number;
  desired: number;
  reason: string;
  message: string;
  notHonoured: string[];
  digest: string;
  unpooled: string[];
  isImage: boolean;
  ending?: Ending;
}

export interface Ending {
  count: number;
  instance: string;
  reason: string;
  message: string;
}

export interface ReportSourcesRequest {
  servings: SourceLoad[];
}

export interface SourceLoad {
  serving: string;
  metrics: SourceMetric[];
}

export interface SourceMetric {
  name: string;
  value: number;
  target: number;
  isTotal: boolean;
  isActive: boolean;
  failures: number;
}

export interface ReportSourcesResponse {
  servings: ServingInstances[];
}

export interface ServingInstances {
  serving: string;
  ready: number;
}

export interface WatchRequest {
  gatewayId: string;
}

export interface WatchResponse {
  upsert?: Route;
  remove?: string;
  snapshotEnd?: SnapshotEnd;
}

export interface Route {
  id: string;
  entries: Entry[];
  serving: string;
  unavailable: string;
  timeouts?: Timeouts;
  rules: Rule[];
  createdAtMs: number;
  queueLength: number;
  pending: boolean;
}

export interface Rule {
  entry?: Entry;
  headers: ValueMatch[];
  queryParams: ValueMatch[];
  method: string;
  filters?: Filters;
  timeouts?: Timeouts;
}

export interface ValueMatch {
  name: string;
  value: string;
  isPattern: boolean;
}

export interface Filters {
  redirect?: Redirect;
  rewriteHost: string;
  rewritePath?: PathChange;
  requestHeaders?: HeaderChanges;
  responseHeaders?: HeaderChanges;
  mirrors: Mirror[];
}

export interface Redirect {
  scheme: string;
  host: string;
  port: number;
  path?: PathChange;
  status: number;
}

export interface PathChange {
  isPrefix: boolean;
  value: string;
}

export interface HeaderChanges {
  set: Header[];
  add: Header[];
  remove: string[];
}

export interface Header {
  name: string;
  value: string;
}

export interface Mirror {
  route: string;
  share: number;
}

export interface Entry {
  host: string;
  path?: PathMatch;
  internal: boolean;
  stripPrefix: string;
}

export interface PathMatch {
  type: PathMatchType;
  value: string;
}

export type PathMatchType = 'PATH_MATCH_TYPE_UNSPECIFIED' | 'PATH_MATCH_TYPE_EXACT' | 'PATH_MATCH_TYPE_PREFIX' | 'PATH_MATCH_TYPE_PATTERN';

export interface Timeouts {
  headerMs: number;
  idleMs: number;
  totalMs: number;
  backendMs: number;
}

export interface Ticket {
  instance: string;
  functionUid: string;
  serving: string;
  generation: number;
  bundleDigest: string;
  assetsDigest: string;
  cacheDigest: string;
  settingsDigest: string;
  expiresAtMs: number;
  nonce: string;
}

export interface Settings {
  functionNamespace: string;
  functionName: string;
  target: string;
  signature: string;
  format: string;
  entry: string;
  env: Record<string, string>;
  concurrency: number;
  loadTimeoutMs: number;
  requestTimeoutMs: number;
  files: SettingsFile[];
  clusterDomain: string;
  internalSocket: string;
}

export interface SettingsFile {
  path: string;
  content: Uint8Array;
}

export interface LoadResponse {
  loaded: boolean;
  code: string;
  message: string;
  compileMs: number;
  runMs: number;
  cacheAccepted: boolean;
  detail: string;
}

export interface Health {
  state: string;
  instance: string;
  serving: string;
  bundleDigest: string;
  inFlight: number;
  eventLoopDelayMs: number;
  sealingKey: string;
  functionUid: string;
  generation: number;
  codeCacheKey: string;
  requests: number;
  memoryBytes: number;
  cpuMs: number;
}

export const descriptor: string = "{\"nested\":{\"openfunction\":{\"nested\":{\"builder\":{\"nested\":{\"v1\":{\"nested\":{\"Builder\":{\"methods\":{\"Build\":{\"requestType\":\"BuildRequest\",\"responseType\":\"BuildResponse\",\"responseStream\":true},\"Cancel\":{\"requestType\":\"CancelRequest\",\"responseType\":\"CancelResponse\"},\"Log\":{\"requestType\":\"LogRequest\",\"responseType\":\"LogResponse\",\"responseStream\":true},\"Upload\":{\"requestType\":\"UploadRequest\",\"requestStream\":true,\"responseType\":\"UploadResponse\"}}},\"BuildRequest\":{\"fields\":{\"builder\":{\"type\":\"string\",\"id\":1},\"uid\":{\"type\":\"string\",\"id\":2},\"specJson\":{\"type\":\"string\",\"id\":3,\"protoName\":\"spec_json\"}}},\"BuildResponse\":{\"fields\":{\"state\":{\"type\":\"string\",\"id\":1},\"reason\":{\"type\":\"string\",\"id\":2},\"message\":{\"type\":\"string\",\"id\":3},\"digest\":{\"type\":\"string\",\"id\":4},\"size\":{\"type\":\"uint64\",\"id\":5},\"commitSha\":{\"type\":\"string\",\"id\":6,\"protoName\":\"commit_sha\"},\"commitAuthor\":{\"type\":\"string\",\"id\":7,\"protoName\":\"commit_author\"},\"sourceDigest\":{\"type\":\"string\",\"id\":8,\"protoName\":\"source_digest\"},\"durationMs\":{\"type\":\"uint64\",\"id\":9,\"protoName\":\"duration_ms\"},\"log\":{\"type\":\"string\",\"id\":10}}},\"CancelRequest\":{\"fields\":{\"builder\":{\"type\":\"string\",\"id\":1},\"uid\":{\"type\":\"string\",\"id\":2}}},\"CancelResponse\":{\"fields\":{\"log\":{\"type\":\"string\",\"id\":1}}},\"LogRequest\":{\"fields\":{\"builder\":{\"type\":\"string\",\"id\":1},\"uid\":{\"type\":\"string\",\"id\":2}}},\"LogResponse\":{\"fields\":{\"atMs\":{\"type\":\"uint64\",\"id\":1,\"protoName\":\"at_ms\"},\"text\":{\"type\":\"string\",\"id\":2}}},\"UploadRequest\":{\"oneofs\":{\"message\":{\"oneof\":[\"ref\",\"chunk\",\"target\"]}},\"fields\":{\"ref\":{\"type\":\"string\",\"id\":1},\"chunk\":{\"type\":\"bytes\",\"id\":2},\"target\":{\"type\":\"UploadTarget\",\"id\":3}}},\"UploadTarget\":{\"fields\":{\"image\":{\"type\":\"string\",\"id\":1},\"namespace\":{\"type\":\"string\",\"id\":2},\"imageCredentials\":{\"type\":\"string\",\"id\":3,\"protoName\":\"image_credentials\"}}},\"UploadResponse\":{\"fields\":{\"image\":{\"type\":\"string\",\"id\":1}}}}}}},\"bus\":{\"nested\":{\"v1\":{\"nested\":{\"EventBus\":{\"methods\":{\"WatchDeliveries\":{\"requestType\":\"WatchDeliveriesRequest\",\"responseType\":\"WatchDeliveriesResponse\",\"responseStream\":true}}},\"WatchDeliveriesRequest\":{\"fields\":{}},\"WatchDeliveriesResponse\":{\"oneofs\":{\"update\":{\"oneof\":[\"state\",\"removed\",\"snapshotEnd\"]}},\"fields\":{\"state\":{\"type\":\"DeliveryState\",\"id\":1},\"removed\":{\"type\":\"string\",\"id\":2},\"snapshotEnd\":{\"type\":\"SnapshotEnd\",\"id\":3,\"protoName\":\"snapshot_end\"}}},\"SnapshotEnd\":{\"fields\":{}},\"DeliveryState\":{\"fields\":{\"serving\":{\"type\":\"string\",\"id\":1},\"uid\":{\"type\":\"string\",\"id\":2},\"isDelivering\":{\"type\":\"bool\",\"id\":3,\"protoName\":\"is_delivering\"},\"reason\":{\"type\":\"string\",\"id\":4},\"message\":{\"type\":\"string\",\"id\":5}}}}}}},\"pool\":{\"nested\":{\"v1\":{\"nested\":{\"PoolScheduler\":{\"methods\":{\"Connect\":{\"requestType\":\"ConnectRequest\",\"requestStream\":true,\"responseType\":\"ConnectResponse\",\"responseStream\":true},\"WatchServings\":{\"requestType\":\"WatchServingsRequest\",\"responseType\":\"WatchServingsResponse\",\"responseStream\":true}}},\"PoolInstances\":{\"methods\":{\"ListInstances\":{\"requestType\":\"ListInstancesRequest\",\"responseType\":\"ListInstancesResponse\"},\"EndedLog\":{\"requestType\":\"EndedLogRequest\",\"responseType\":\"EndedLogResponse\",\"responseStream\":true}}},\"PoolSources\":{\"methods\":{\"ReportSources\":{\"requestType\":\"ReportSourcesRequest\",\"requestStream\":true,\"responseType\":\"ReportSourcesResponse\",\"responseStream\":true}}},\"EndedLogRequest\":{\"fields\":{\"servings\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":1},\"tailLines\":{\"type\":\"uint32\",\"id\":2,\"protoName\":\"tail_lines\"}}},\"EndedLogResponse\":{\"fields\":{\"atMs\":{\"type\":\"uint64\",\"id\":1,\"protoName\":\"at_ms\"},\"text\":{\"type\":\"string\",\"id\":2}}},\"ListInstancesRequest\":{\"fields\":{\"namespace\":{\"type\":\"string\",\"id\":1}}},\"ListInstancesResponse\":{\"fields\":{\"instances\":{\"rule\":\"repeated\",\"type\":\"InstanceUse\",\"id\":1}}},\"InstanceUse\":{\"fields\":{\"instance\":{\"type\":\"string\",\"id\":1},\"serving\":{\"type\":\"string\",\"id\":2},\"answered\":{\"type\":\"bool\",\"id\":3},\"inFlight\":{\"type\":\"uint32\",\"id\":4,\"protoName\":\"in_flight\"},\"requests\":{\"type\":\"uint64\",\"id\":5},\"memoryBytes\":{\"type\":\"uint64\",\"id\":6,\"protoName\":\"memory_bytes\"},\"cpuMs\":{\"type\":\"uint64\",\"id\":7,\"protoName\":\"cpu_ms\"},\"createdAtMs\":{\"type\":\"uint64\",\"id\":8,\"protoName\":\"created_at_ms\"}}},\"ConnectRequest\":{\"oneofs\":{\"message\":{\"oneof\":[\"hello\",\"demand\",\"load\"]}},\"fields\":{\"hello\":{\"type\":\"Hello\",\"id\":1},\"demand\":{\"type\":\"Demand\",\"id\":2},\"load\":{\"type\":\"Load\",\"id\":3}}},\"Hello\":{\"fields\":{\"gatewayId\":{\"type\":\"string\",\"id\":1,\"protoName\":\"gateway_id\"},\"held\":{\"rule\":\"repeated\",\"type\":\"Grant\",\"id\":2},\"nowMs\":{\"type\":\"uint64\",\"id\":3,\"protoName\":\"now_ms\"}}},\"Demand\":{\"fields\":{\"serving\":{\"type\":\"string\",\"id\":1},\"waiting\":{\"type\":\"uint32\",\"id\":2},\"grantsSeen\":{\"type\":\"uint64\",\"id\":3,\"protoName\":\"grants_seen\"}}},\"Load\":{\"fields\":{\"servings\":{\"rule\":\"repeated\",\"type\":\"ServingLoad\",\"id\":1},\"grantsSeen\":{\"type\":\"uint64\",\"id\":2,\"protoName\":\"grants_seen\"}}},\"ServingLoad\":{\"fields\":{\"serving\":{\"type\":\"string\",\"id\":1},\"inFlight\":{\"type\":\"uint32\",\"id\":2,\"protoName\":\"in_flight\"},\"averageConcurrency\":{\"type\":\"double\",\"id\":3,\"protoName\":\"average_concurrency\"},\"requests\":{\"type\":\"uint32\",\"id\":4},\"instances\":{\"rule\":\"repeated\",\"type\":\"InstanceLoad\",\"id\":5},\"overMs\":{\"type\":\"uint32\",\"id\":6,\"protoName\":\"over_ms\"}}},\"InstanceLoad\":{\"fields\":{\"instance\":{\"type\":\"string\",\"id\":1},\"inFlight\":{\"type\":\"uint32\",\"id\":2,\"protoName\":\"in_flight\"},\"failures\":{\"type\":\"uint32\",\"id\":3}}},\"ConnectResponse\":{\"oneofs\":{\"message\":{\"oneof\":[\"grant\",\"refusal\",\"welcome\",\"dial\"]}},\"fields\":{\"grant\":{\"type\":\"Grant\",\"id\":1},\"refusal\":{\"type\":\"Refusal\",\"id\":2},\"welcome\":{\"type\":\"Welcome\",\"id\":3},\"dial\":{\"type\":\"Dial\",\"id\":4}}},\"Dial\":{\"fields\":{\"instance\":{\"type\":\"string\",\"id\":1},\"endpoint\":{\"type\":\"Endpoint\",\"id\":2}}},\"Welcome\":{\"fields\":{}},\"Grant\":{\"fields\":{\"serving\":{\"type\":\"string\",\"id\":1},\"instance\":{\"type\":\"string\",\"id\":2},\"endpoint\":{\"type\":\"Endpoint\",\"id\":3},\"slots\":{\"type\":\"uint32\",\"id\":4},\"expiresAtMs\":{\"type\":\"uint64\",\"id\":5,\"protoName\":\"expires_at_ms\"}}},\"Refusal\":{\"fields\":{\"serving\":{\"type\":\"string\",\"id\":1},\"code\":{\"type\":\"string\",\"id\":2},\"message\":{\"type\":\"string\",\"id\":3},\"retryAfterSeconds\":{\"type\":\"uint32\",\"id\":4,\"protoName\":\"retry_after_seconds\"}}},\"Endpoint\":{\"oneofs\":{\"address\":{\"oneof\":[\"unix\",\"tcp\"]}},\"fields\":{\"unix\":{\"type\":\"string\",\"id\":1},\"tcp\":{\"type\":\"Tcp\",\"id\":2}}},\"Tcp\":{\"fields\":{\"host\":{\"type\":\"string\",\"id\":1},\"port\":{\"type\":\"uint32\",\"id\":2}}},\"WatchServingsRequest\":{\"fields\":{}},\"WatchServingsResponse\":{\"oneofs\":{\"update\":{\"oneof\":[\"state\",\"removed\",\"snapshotEnd\"]}},\"fields\":{\"state\":{\"type\":\"ServingState\",\"id\":1},\"removed\":{\"type\":\"string\",\"id\":2},\"snapshotEnd\":{\"type\":\"SnapshotEnd\",\"id\":3,\"protoName\":\"snapshot_end\"}}},\"SnapshotEnd\":{\"fields\":{}},\"ServingState\":{\"fields\":{\"serving\":{\"type\":\"string\",\"id\":1},\"uid\":{\"type\":\"string\",\"id\":2},\"observedGeneration\":{\"type\":\"int64\",\"id\":3,\"protoName\":\"observed_generation\"},\"verified\":{\"type\":\"bool\",\"id\":4},\"proven\":{\"type\":\"bool\",\"id\":5},\"ready\":{\"type\":\"uint32\",\"id\":6},\"starting\":{\"type\":\"uint32\",\"id\":7},\"desired\":{\"type\":\"uint32\",\"id\":8},\"reason\":{\"type\":\"string\",\"id\":9},\"message\":{\"type\":\"string\",\"id\":10},\"notHonoured\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":11,\"protoName\":\"not_honoured\"},\"digest\":{\"type\":\"string\",\"id\":12},\"unpooled\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":13},\"isImage\":{\"type\":\"bool\",\"id\":14,\"protoName\":\"is_image\"},\"ending\":{\"type\":\"Ending\",\"id\":15}}},\"Ending\":{\"fields\":{\"count\":{\"type\":\"uint32\",\"id\":1},\"instance\":{\"type\":\"string\",\"id\":2},\"reason\":{\"type\":\"string\",\"id\":3},\"message\":{\"type\":\"string\",\"id\":4}}},\"ReportSourcesRequest\":{\"fields\":{\"servings\":{\"rule\":\"repeated\",\"type\":\"SourceLoad\",\"id\":1}}},\"SourceLoad\":{\"fields\":{\"serving\":{\"type\":\"string\",\"id\":1},\"metrics\":{\"rule\":\"repeated\",\"type\":\"SourceMetric\",\"id\":2}}},\"SourceMetric\":{\"fields\":{\"name\":{\"type\":\"string\",\"id\":1},\"value\":{\"type\":\"double\",\"id\":2},\"target\":{\"type\":\"double\",\"id\":3},\"isTotal\":{\"type\":\"bool\",\"id\":4,\"protoName\":\"is_total\"},\"isActive\":{\"type\":\"bool\",\"id\":5,\"protoName\":\"is_active\"},\"failures\":{\"type\":\"uint32\",\"id\":6}}},\"ReportSourcesResponse\":{\"fields\":{\"servings\":{\"rule\":\"repeated\",\"type\":\"ServingInstances\",\"id\":1}}},\"ServingInstances\":{\"fields\":{\"serving\":{\"type\":\"string\",\"id\":1},\"ready\":{\"type\":\"uint32\",\"id\":2}}}}}}},\"routes\":{\"nested\":{\"v1\":{\"nested\":{\"Routes\":{\"methods\":{\"Watch\":{\"requestType\":\"WatchRequest\",\"responseType\":\"WatchResponse\",\"responseStream\":true}}},\"WatchRequest\":{\"fields\":{\"gatewayId\":{\"type\":\"string\",\"id\":1,\"protoName\":\"gateway_id\"}}},\"WatchResponse\":{\"oneofs\":{\"update\":{\"oneof\":[\"upsert\",\"remove\",\"snapshotEnd\"]}},\"fields\":{\"upsert\":{\"type\":\"Route\",\"id\":1},\"remove\":{\"type\":\"string\",\"id\":2},\"snapshotEnd\":{\"type\":\"SnapshotEnd\",\"id\":3,\"protoName\":\"snapshot_end\"}}},\"SnapshotEnd\":{\"fields\":{}},\"Route\":{\"fields\":{\"id\":{\"type\":\"string\",\"id\":1},\"entries\":{\"rule\":\"repeated\",\"type\":\"Entry\",\"id\":2},\"serving\":{\"type\":\"string\",\"id\":3},\"unavailable\":{\"type\":\"string\",\"id\":4},\"timeouts\":{\"type\":\"Timeouts\",\"id\":5},\"rules\":{\"rule\":\"repeated\",\"type\":\"Rule\",\"id\":6},\"createdAtMs\":{\"type\":\"uint64\",\"id\":7,\"protoName\":\"created_at_ms\"},\"queueLength\":{\"type\":\"uint32\",\"id\":8,\"protoName\":\"queue_length\"},\"pending\":{\"type\":\"bool\",\"id\":9}}},\"Rule\":{\"fields\":{\"entry\":{\"type\":\"Entry\",\"id\":1},\"headers\":{\"rule\":\"repeated\",\"type\":\"ValueMatch\",\"id\":2},\"queryParams\":{\"rule\":\"repeated\",\"type\":\"ValueMatch\",\"id\":3,\"protoName\":\"query_params\"},\"method\":{\"type\":\"string\",\"id\":4},\"filters\":{\"type\":\"Filters\",\"id\":5},\"timeouts\":{\"type\":\"Timeouts\",\"id\":6}}},\"ValueMatch\":{\"fields\":{\"name\":{\"type\":\"string\",\"id\":1},\"value\":{\"type\":\"string\",\"id\":2},\"isPattern\":{\"type\":\"bool\",\"id\":3,\"protoName\":\"is_pattern\"}}},\"Filters\":{\"fields\":{\"redirect\":{\"type\":\"Redirect\",\"id\":1},\"rewriteHost\":{\"type\":\"string\",\"id\":2,\"protoName\":\"rewrite_host\"},\"rewritePath\":{\"type\":\"PathChange\",\"id\":3,\"protoName\":\"rewrite_path\"},\"requestHeaders\":{\"type\":\"HeaderChanges\",\"id\":4,\"protoName\":\"request_headers\"},\"responseHeaders\":{\"type\":\"HeaderChanges\",\"id\":5,\"protoName\":\"response_headers\"},\"mirrors\":{\"rule\":\"repeated\",\"type\":\"Mirror\",\"id\":6}}},\"Redirect\":{\"fields\":{\"scheme\":{\"type\":\"string\",\"id\":1},\"host\":{\"type\":\"string\",\"id\":2},\"port\":{\"type\":\"uint32\",\"id\":3},\"path\":{\"type\":\"PathChange\",\"id\":4},\"status\":{\"type\":\"uint32\",\"id\":5}}},\"PathChange\":{\"fields\":{\"isPrefix\":{\"type\":\"bool\",\"id\":1,\"protoName\":\"is_prefix\"},\"value\":{\"type\":\"string\",\"id\":2}}},\"HeaderChanges\":{\"fields\":{\"set\":{\"rule\":\"repeated\",\"type\":\"Header\",\"id\":1},\"add\":{\"rule\":\"repeated\",\"type\":\"Header\",\"id\":2},\"remove\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":3}}},\"Header\":{\"fields\":{\"name\":{\"type\":\"string\",\"id\":1},\"value\":{\"type\":\"string\",\"id\":2}}},\"Mirror\":{\"fields\":{\"route\":{\"type\":\"string\",\"id\":1},\"share\":{\"type\":\"double\",\"id\":2}}},\"Entry\":{\"fields\":{\"host\":{\"type\":\"string\",\"id\":1},\"path\":{\"type\":\"PathMatch\",\"id\":2},\"internal\":{\"type\":\"bool\",\"id\":3},\"stripPrefix\":{\"type\":\"string\",\"id\":4,\"protoName\":\"strip_prefix\"}}},\"PathMatch\":{\"fields\":{\"type\":{\"type\":\"PathMatchType\",\"id\":1},\"value\":{\"type\":\"string\",\"id\":2}}},\"PathMatchType\":{\"values\":{\"PATH_MATCH_TYPE_UNSPECIFIED\":0,\"PATH_MATCH_TYPE_EXACT\":1,\"PATH_MATCH_TYPE_PREFIX\":2,\"PATH_MATCH_TYPE_PATTERN\":3}},\"Timeouts\":{\"fields\":{\"headerMs\":{\"type\":\"uint32\",\"id\":1,\"protoName\":\"header_ms\"},\"idleMs\":{\"type\":\"uint32\",\"id\":2,\"protoName\":\"idle_ms\"},\"totalMs\":{\"type\":\"uint32\",\"id\":3,\"protoName\":\"total_ms\"},\"backendMs\":{\"type\":\"uint32\",\"id\":4,\"protoName\":\"backend_ms\"}}}}}}},\"runner\":{\"nested\":{\"v1\":{\"nested\":{\"Ticket\":{\"fields\":{\"instance\":{\"type\":\"string\",\"id\":1},\"functionUid\":{\"type\":\"string\",\"id\":2,\"protoName\":\"function_uid\"},\"serving\":{\"type\":\"string\",\"id\":3},\"generation\":{\"type\":\"int64\",\"id\":4},\"bundleDigest\":{\"type\":\"string\",\"id\":5,\"protoName\":\"bundle_digest\"},\"assetsDigest\":{\"type\":\"string\",\"id\":6,\"protoName\":\"assets_digest\"},\"cacheDigest\":{\"type\":\"string\",\"id\":7,\"protoName\":\"cache_digest\"},\"settingsDigest\":{\"type\":\"string\",\"id\":8,\"protoName\":\"settings_digest\"},\"expiresAtMs\":{\"type\":\"uint64\",\"id\":9,\"protoName\":\"expires_at_ms\"},\"nonce\":{\"type\":\"string\",\"id\":10}}},\"Settings\":{\"fields\":{\"functionNamespace\":{\"type\":\"string\",\"id\":1,\"protoName\":\"function_namespace\"},\"functionName\":{\"type\":\"string\",\"id\":2,\"protoName\":\"function_name\"},\"target\":{\"type\":\"string\",\"id\":3},\"signature\":{\"type\":\"string\",\"id\":4},\"format\":{\"type\":\"string\",\"id\":5},\"entry\":{\"type\":\"string\",\"id\":6},\"env\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":7},\"concurrency\":{\"type\":\"uint32\",\"id\":8},\"loadTimeoutMs\":{\"type\":\"uint32\",\"id\":9,\"protoName\":\"load_timeout_ms\"},\"requestTimeoutMs\":{\"type\":\"uint32\",\"id\":10,\"protoName\":\"request_timeout_ms\"},\"files\":{\"rule\":\"repeated\",\"type\":\"SettingsFile\",\"id\":11},\"clusterDomain\":{\"type\":\"string\",\"id\":12,\"protoName\":\"cluster_domain\"},\"internalSocket\":{\"type\":\"string\",\"id\":13,\"protoName\":\"internal_socket\"}}},\"SettingsFile\":{\"fields\":{\"path\":{\"type\":\"string\",\"id\":1},\"content\":{\"type\":\"bytes\",\"id\":2}}},\"LoadResponse\":{\"fields\":{\"loaded\":{\"type\":\"bool\",\"id\":1},\"code\":{\"type\":\"string\",\"id\":2},\"message\":{\"type\":\"string\",\"id\":3},\"compileMs\":{\"type\":\"double\",\"id\":4,\"protoName\":\"compile_ms\"},\"runMs\":{\"type\":\"double\",\"id\":5,\"protoName\":\"run_ms\"},\"cacheAccepted\":{\"type\":\"bool\",\"id\":6,\"protoName\":\"cache_accepted\"},\"detail\":{\"type\":\"string\",\"id\":7}}},\"Health\":{\"fields\":{\"state\":{\"type\":\"string\",\"id\":1},\"instance\":{\"type\":\"string\",\"id\":2},\"serving\":{\"type\":\"string\",\"id\":3},\"bundleDigest\":{\"type\":\"string\",\"id\":4,\"protoName\":\"bundle_digest\"},\"inFlight\":{\"type\":\"uint32\",\"id\":5,\"protoName\":\"in_flight\"},\"eventLoopDelayMs\":{\"type\":\"double\",\"id\":6,\"protoName\":\"event_loop_delay_ms\"},\"sealingKey\":{\"type\":\"string\",\"id\":7,\"protoName\":\"sealing_key\"},\"functionUid\":{\"type\":\"string\",\"id\":8,\"protoName\":\"function_uid\"},\"generation\":{\"type\":\"int64\",\"id\":9},\"codeCacheKey\":{\"type\":\"string\",\"id\":10,\"protoName\":\"code_cache_key\"},\"requests\":{\"type\":\"uint64\",\"id\":11},\"memoryBytes\":{\"type\":\"uint64\",\"id\":12,\"protoName\":\"memory_bytes\"},\"cpuMs\":{\"type\":\"uint64\",\"id\":13,\"protoName\":\"cpu_ms\"}}}}}}}}}}}";

