export { startPodPool, type PodPool } from './start-pod-pool.ts';
export type { PodPoolOptions } from './options.ts';
export { idleHistogram, isWarmAt, type IdleHistogram, type WarmWindow } from './scaling/idle-histogram.ts';
export type { InstanceControl, LoadParts } from './instances/instance-control.ts';
// For a composition root that loads a function into one instance of its own.
export { signTicket } from './claim/ticket.ts';
export { httpControl } from './instances/instance-control.ts';
export { settingsOf } from './settings/settings-of.ts';
export { poolMetrics, type PoolMetrics, type PoolSizes } from './metrics.ts';
