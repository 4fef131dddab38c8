export { BuildError, type BuildErrorCode } from './build-error.ts';
export { buildProgram, type BuildProgram } from './build-program.ts';
export type { BuildRequest, BuildResponse } from './build-run.ts';
export type { BuilderService } from './builder-service.ts';
export type { BuildResources } from './build-workload.ts';
export { bundle, type Bundle } from './bundle.ts';
export type { HttpExchangeOptions } from './exchange/http-exchange.ts';
export { makeCodeCache } from './make-code-cache.ts';
export { startBuilder, type BuilderOptions, type StartedBuilder } from './start-builder.ts';
