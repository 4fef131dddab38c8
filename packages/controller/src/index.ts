export * from './nouns.ts';
export { planFunction, type FunctionPlan, type FunctionWorld, type ServingReport } from './function/plan.ts';
export { planRoute, type Route, type RouteEntry } from './gateway/plan.ts';
