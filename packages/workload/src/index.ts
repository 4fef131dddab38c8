export type * from './workload.ts';
export { WorkloadError, type WorkloadErrorCode } from './workload-error.ts';
export { planInstances, type InstancePlan, type PresentInstance } from './plan-instances.ts';
export { amountOf, isSameQuantity, lesserQuantity } from './quantity.ts';
