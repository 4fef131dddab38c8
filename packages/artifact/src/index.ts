export { addressGuard, type AddressGuard, type AddressGuardOptions } from './address-guard.ts';
export * from './artifact.ts';
export { canonicalJson, digestOf, isDigest } from './digest.ts';
export * from './module-artifact.ts';
export { memoryArtifacts } from './memory-artifacts.ts';
export { parseReference, repositoryOf, type Reference } from './reference.ts';
export { credentialsFor, parseDockerConfig, type RegistryCredentials } from './registry-credentials.ts';
export { defaultTarLimits, normalisedPath, readTar, writeTar, type TarEntry, type TarLimits } from './source-tar.ts';
