export type * from './gen/dapr.ts';
export {
  createAppCallbackClient,
  createAppHealthClient,
  createDaprClient,
  serveAppCallback,
  serveAppHealth,
  serveDapr,
  type AppCallback,
  type DaprCall,
  type DaprRuntimeService,
} from './dapr/services.ts';
