export { layoutArtifacts } from './layout-artifacts.ts';
export { registryArtifacts, registryWriter, type RegistryOptions } from './registry-artifacts.ts';
