export { collectLayout, type Collected, type CollectLayout } from './collect-layout.ts';
export { keptArtifacts, type KeptArtifactsOptions } from './kept-artifacts.ts';
export { layoutArtifacts } from './layout-artifacts.ts';
export { registryArtifacts, registryWriter, type RegistryOptions } from './registry-artifacts.ts';
