export { BuildError, type BuildErrorCode } from './build-error.ts';
export { planBuild, type BuildOrder, type BuildPlan } from './build/plan.ts';
export { bundle, type Bundle } from './bundle.ts';
export { runBuild, type BuildResult, type BuildSite } from './run-build.ts';
export {
  builderService,
  type BuilderService,
  type BuilderServiceOptions,
  type BuildExchange,
  type BuildRequest,
  type BuildResponse,
} from './builder-service.ts';
export { folderExchange } from './folder-exchange.ts';
