export { createApiServer, type ApiServer, type ApiServerOptions } from './api-server.ts';
export type { ApiKind, JsonSchema, PrinterColumn } from './api-kind.ts';
export { coreKinds, namespaceKind, podKind } from './core-kinds.ts';
export { validateCoreObject } from './core-objects.ts';
