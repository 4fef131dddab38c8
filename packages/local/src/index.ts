export { findContainers, type ContainerPrograms, type FoundContainers } from './containers/find-containers.ts';
export type { ImageFiles, ImageSource } from './containers/image-source.ts';
export type { RuntimeCommand } from './processes/launch.ts';
export { localWorkloads, type LocalWorkloads, type LocalWorkloadsOptions } from './processes/local-workloads.ts';
export { openSandbox, type Isolation, type Sandbox, type SandboxKind } from './processes/sandbox.ts';
export { sqliteStore, type SqliteStoreOptions } from './sqlite-store.ts';
