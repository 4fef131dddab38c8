export type * from './workload.ts';
export { WorkloadError, type WorkloadErrorCode } from './workload-error.ts';
