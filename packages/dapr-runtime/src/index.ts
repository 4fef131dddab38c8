export { ApiError, daprErrorStatus, type DaprCode } from './api/api-error.ts';
export type { DaprApp } from './app/dapr-app.ts';
export type { AppHealth, AppHealthCheck } from './health/app-health.ts';
export { daprRuntime, type AppAddress, type AppSpec, type DaprRuntime, type DaprRuntimeOptions } from './app/dapr-runtime.ts';
export { daprMessageBus, type DaprMessageBusOptions } from './bus/dapr-message-bus.ts';
export { serveGrpcApi } from './grpc-api.ts';
export { serveApi, type ApiServer, type ApiServerOptions, type ServedApp } from './http/api-server.ts';
export { followResources } from './resources/follow-resources.ts';
export { loadResources, type AppResources, type Resources } from './resources/load-resources.ts';
