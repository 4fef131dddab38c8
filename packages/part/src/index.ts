export { connectCluster } from './connect-cluster.ts';
export type { Log } from './log.ts';
export { runPart, type Part, type PartContext, type PartOptions } from './run-part.ts';
export { clusterSettings, partSettings, port, registrySettings } from './settings.ts';
export { tlsIdentity } from './tls-identity.ts';
