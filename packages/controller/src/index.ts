export { planFunction, type FunctionPlan, type FunctionWorld, type ServingReport } from './function/plan.ts';
export { planRoute, type Route, type RouteEntry } from './gateway/plan.ts';
export { reconcileFunction, type FunctionContext } from './function/reconcile.ts';
export { routesService, type RoutesService, type RouteUpdate } from './routes/routes-service.ts';
export type { BuilderClient, BuildReport } from './builder/reconcile.ts';
export { startController, type Controller, type ControllerOptions, type PoolClient } from './start-controller.ts';
