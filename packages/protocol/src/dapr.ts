export type * from './gen/dapr.ts';
export {
  createAppCallbackClient,
  serveAppCallback,
  serveDapr,
  type AppCallback,
  type DaprCall,
  type DaprRuntimeService,
} from './dapr/services.ts';
