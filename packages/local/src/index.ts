export { localWorkloads, type LocalWorkloads, type LocalWorkloadsOptions, type RuntimeCommand } from './processes/local-workloads.ts';
export type { Isolation, SandboxKind } from './processes/sandbox.ts';
export { sqliteStore, type SqliteStoreOptions } from './sqlite-store.ts';
