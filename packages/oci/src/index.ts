export { layoutArtifacts } from './layout-artifacts.ts';
export { registryArtifacts, type RegistryOptions } from './registry-artifacts.ts';
