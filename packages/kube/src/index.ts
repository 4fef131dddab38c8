export { kubeApi, type ApiRequest, type Connection, type KubeApi } from './api.ts';
export { systemClock, type Clock } from './clock.ts';
export { connectKube } from './connect.ts';
export { inClusterConnection, type InClusterOptions } from './in-cluster.ts';
export { inform, type InformerOptions, type InformerSource } from './informer.ts';
export { kubeStore, type KubeStoreOptions } from './kube-store.ts';
export { kubeWorkloads, type KubeWorkloads, type KubeWorkloadsOptions } from './kube-workloads.ts';
export { leaseElection, NotHolderError, type LeaseElection, type LeaseOptions } from './lease.ts';
export type { Images } from './manifests.ts';
