import { Plugin } from './hooks/plugin.ts';
import { cloudEvent, http, openfunction } from './registry.ts';

export type { CloudEvent } from './cloud-event.ts';
export type { ContextComponent, ContextDocument } from './context/context-document.ts';
export { FunctionContext } from './context/function-context.ts';
export type { StateItem } from './dapr/function-state.ts';
export { FunctionState } from './dapr/function-state.ts';
export type { EventSource } from './events/event-source.ts';
export type { FunctionEvent } from './events/function-event.ts';
export { FunctionError } from './function-error.ts';
export type { FunctionErrorCode } from './function-error.ts';
export type { FunctionServer, ServeOptions } from './function-server.ts';
export { functionServer } from './function-server.ts';
export { Plugin } from './hooks/plugin.ts';
export type { Plugins } from './hooks/plugin.ts';
export { cloudEvent, http, openfunction } from './registry.ts';
export type { CloudEventFunction, HttpFunction, OpenFunction, Registered, RouteOptions } from './registry.ts';
export { FunctionRequest } from './request.ts';
export { FunctionResponse } from './response.ts';

// For `import functions from …`, which works with Google's CommonJS framework.
const functions: { http: typeof http; cloudEvent: typeof cloudEvent; openfunction: typeof openfunction; Plugin: typeof Plugin } = {
  http,
  cloudEvent,
  openfunction,
  Plugin,
};
export default functions;
