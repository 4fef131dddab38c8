export {
  createClient,
  type Client,
  type ListAnswer,
  type ListOptions,
  type Table,
  type TableOptions,
  type WatchEvent,
  type WatchOptions,
  type WriteOptions,
} from './client.ts';
export { ClientError, type ClientErrorCode } from './client-error.ts';
export { loadKubeconfig, type LoadedKubeconfig } from './kubeconfig.ts';
export { decodeManifests } from './manifests.ts';
export type { FieldCause } from './status.ts';
export type { Connection } from './transport.ts';
