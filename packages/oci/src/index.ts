export { collectLayout, type Collected, type CollectLayout } from './collect-layout.ts';
export { keptArtifacts, type KeptArtifactsOptions } from './kept-artifacts.ts';
export { layoutArtifacts } from './layout-artifacts.ts';
export { registryArtifacts, registryWriter, type RegistryOptions, type RegistryWriter } from './registry-artifacts.ts';
export { imagePuller, type ImagePuller, type PulledImage } from './images/pull-image.ts';
export type { ImageConfig } from './images/image-manifest.ts';
