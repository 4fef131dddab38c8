export type * from './gen/dapr.ts';
export {
  createAppCallbackClient,
  createDaprClient,
  serveAppCallback,
  serveDapr,
  type AppCallback,
  type DaprCall,
  type DaprRuntimeService,
} from './dapr/services.ts';
