export { localWorkloads, type LocalWorkloads, type LocalWorkloadsOptions, type RuntimeCommand } from './processes/local-workloads.ts';
export { sqliteStore, type SqliteStoreOptions } from './sqlite-store.ts';
export { openSandbox, type Isolation, type Sandbox, type SandboxKind } from './processes/sandbox.ts';
