export { planFunction, type FunctionPlan } from './function/plan.ts';
export type { BusClient } from './follow-deliveries.ts';
export type { DeliveryReport, FunctionWorld, ServingReport } from './function/world.ts';
export { planRoute, type RoutePlan } from './route/plan.ts';
export type { Route, RouteEntry } from './route/messages.ts';
export { routesService, type RoutesService, type RouteUpdate } from './routes/routes-service.ts';
export type { BuilderClient } from './builder/reconcile.ts';
export type { BuildReport } from './builder/status.ts';
export { startController, type Controller, type ControllerOptions, type PoolClient } from './start-controller.ts';
