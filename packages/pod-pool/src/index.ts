export { startPodPool, type PodPool } from './start-pod-pool.ts';
export type { PodPoolOptions } from './options.ts';
export type { InstanceControl, LoadParts } from './instances/instance-control.ts';
