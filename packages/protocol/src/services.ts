import type * as gen from './gen/messages.ts';
import { callStream, first, flattened, handlerOf, later, method, one } from './method.ts';
import type { Service, Transport } from './transport.ts';

export interface Routes {
  watch(request: gen.WatchRequest, signal: AbortSignal): AsyncIterable<gen.WatchResponse>;
}

export interface PoolScheduler {
  connect(requests: AsyncIterable<gen.ConnectRequest>, signal: AbortSignal): AsyncIterable<gen.ConnectResponse>;
  watchServings(request: gen.WatchServingsRequest, signal: AbortSignal): AsyncIterable<gen.WatchServingsResponse>;
}

export interface PoolSources {
  reportSources(requests: AsyncIterable<gen.ReportSourcesRequest>, signal: AbortSignal): AsyncIterable<gen.ReportSourcesResponse>;
}

export interface EventBus {
  watchDeliveries(request: gen.WatchDeliveriesRequest, signal: AbortSignal): AsyncIterable<gen.WatchDeliveriesResponse>;
}

export interface PoolInstances {
  listInstances(request: gen.ListInstancesRequest, signal: AbortSignal): Promise<gen.ListInstancesResponse>;
  endedLog(request: gen.EndedLogRequest, signal: AbortSignal): AsyncIterable<gen.EndedLogResponse>;
}

export interface BuilderService {
  build(request: gen.BuildRequest, signal: AbortSignal): AsyncIterable<gen.BuildResponse>;
  cancel(request: gen.CancelRequest, signal: AbortSignal): Promise<gen.CancelResponse>;
  log(request: gen.LogRequest, signal: AbortSignal): AsyncIterable<gen.LogResponse>;
  upload(requests: AsyncIterable<gen.UploadRequest>, signal: AbortSignal): Promise<gen.UploadResponse>;
}

const watch = method<gen.WatchRequest, gen.WatchResponse>('openfunction.routes.v1.Routes', 'Watch');
const connect = method<gen.ConnectRequest, gen.ConnectResponse>('openfunction.pool.v1.PoolScheduler', 'Connect');
const watchServings = method<gen.WatchServingsRequest, gen.WatchServingsResponse>('openfunction.pool.v1.PoolScheduler', 'WatchServings');
const reportSources = method<gen.ReportSourcesRequest, gen.ReportSourcesResponse>('openfunction.pool.v1.PoolSources', 'ReportSources');
const watchDeliveries = method<gen.WatchDeliveriesRequest, gen.WatchDeliveriesResponse>('openfunction.bus.v1.EventBus', 'WatchDeliveries');
const listInstances = method<gen.ListInstancesRequest, gen.ListInstancesResponse>('openfunction.pool.v1.PoolInstances', 'ListInstances');
const endedLog = method<gen.EndedLogRequest, gen.EndedLogResponse>('openfunction.pool.v1.PoolInstances', 'EndedLog');
const build = method<gen.BuildRequest, gen.BuildResponse>('openfunction.builder.v1.Builder', 'Build');
const cancel = method<gen.CancelRequest, gen.CancelResponse>('openfunction.builder.v1.Builder', 'Cancel');
const log = method<gen.LogRequest, gen.LogResponse>('openfunction.builder.v1.Builder', 'Log');
const upload = method<gen.UploadRequest, gen.UploadResponse>('openfunction.builder.v1.Builder', 'Upload');

export function createRoutesClient(transport: Transport): Routes {
  return { watch: (request, signal) => callStream(transport, watch, one(request), signal) };
}

export function serveRoutes(routes: Routes): Service {
  return { methods: new Map([handlerOf(watch, (requests, signal) => flattened(requests, (request) => routes.watch(request, signal)))]) };
}

export function createPoolClient(transport: Transport): PoolScheduler {
  return {
    connect: (requests, signal) => callStream(transport, connect, requests, signal),
    watchServings: (request, signal) => callStream(transport, watchServings, one(request), signal),
  };
}

export function servePool(pool: PoolScheduler): Service {
  return {
    methods: new Map([
      handlerOf(connect, (requests, signal) => pool.connect(requests, signal)),
      handlerOf(watchServings, (requests, signal) => flattened(requests, (request) => pool.watchServings(request, signal))),
    ]),
  };
}

export function createEventBusClient(transport: Transport): EventBus {
  return { watchDeliveries: (request, signal) => callStream(transport, watchDeliveries, one(request), signal) };
}

export function serveEventBus(bus: EventBus): Service {
  return {
    methods: new Map([
      handlerOf(watchDeliveries, (requests, signal) => flattened(requests, (request) => bus.watchDeliveries(request, signal))),
    ]),
  };
}

export function createPoolSourcesClient(transport: Transport): PoolSources {
  return { reportSources: (requests, signal) => callStream(transport, reportSources, requests, signal) };
}

export function servePoolSources(sources: PoolSources): Service {
  return { methods: new Map([handlerOf(reportSources, (requests, signal) => sources.reportSources(requests, signal))]) };
}

export function createPoolInstancesClient(transport: Transport): PoolInstances {
  return {
    listInstances: (request, signal) => first(callStream(transport, listInstances, one(request), signal)),
    endedLog: (request, signal) => callStream(transport, endedLog, one(request), signal),
  };
}

export function servePoolInstances(instances: PoolInstances): Service {
  return {
    methods: new Map([
      handlerOf(listInstances, (requests, signal) => flattened(requests, (request) => later(instances.listInstances(request, signal)))),
      handlerOf(endedLog, (requests, signal) => flattened(requests, (request) => instances.endedLog(request, signal))),
    ]),
  };
}

export function createBuilderClient(transport: Transport): BuilderService {
  return {
    build: (request, signal) => callStream(transport, build, one(request), signal),
    cancel: (request, signal) => first(callStream(transport, cancel, one(request), signal)),
    log: (request, signal) => callStream(transport, log, one(request), signal),
    upload: (requests, signal) => first(callStream(transport, upload, requests, signal)),
  };
}

export function serveBuilder(builder: BuilderService): Service {
  return {
    methods: new Map([
      handlerOf(build, (requests, signal) => flattened(requests, (request) => builder.build(request, signal))),
      handlerOf(cancel, (requests, signal) => flattened(requests, (request) => later(builder.cancel(request, signal)))),
      handlerOf(log, (requests, signal) => flattened(requests, (request) => builder.log(request, signal))),
      handlerOf(upload, (requests, signal) => later(builder.upload(requests, signal))),
    ]),
  };
}
