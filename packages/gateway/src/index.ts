export { createGateway, type Gateway, type GatewayLimits, type GatewayOptions } from './gateway.ts';
export type { Listen } from './listen.ts';
export type { Activator, Endpoint, Grant, Held, Link, Refusal, ServingLoad } from './activator.ts';
export { accessLog, type AccessLog, type AccessLogEntry } from './access-log.ts';
export { errorStatus, type GatewayErrorCode } from './error-codes.ts';
export type { GatewayTimeouts } from './connection/context.ts';
export { RouteTable, type Route, type RouteEntry, type RouteMatch } from './route-table.ts';
export { activatorClient, type ActivatorClientOptions } from './activator-client.ts';
export { followRoutes, type FollowRoutesOptions } from './routes-client.ts';
