export { createGateway, type Gateway, type GatewayLimits, type GatewayOptions, type Listen } from './gateway.ts';
export type { Activator, Endpoint, Grant, Refusal, ServingLoad } from './activator.ts';
export { accessLog, type AccessLogEntry } from './access-log.ts';
export { errorStatus, type GatewayErrorCode } from './error-codes.ts';
export type { GatewayTimeouts } from './connection.ts';
export { RouteTable, type Route, type RouteEntry, type RouteMatch } from './route-table.ts';
export { activatorClient, type ActivatorClientOptions } from './activator-client.ts';
export { followRoutes, type FollowRoutesOptions } from './routes-client.ts';
