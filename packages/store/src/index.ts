export type { ListOptions, ObjectList, Store, WatchEvent, WatchOptions } from './store.ts';
export { StoreError, storeErrorStatus, type FieldCause, type StoreErrorCode } from './store-error.ts';
export { withAdmission, type Admission } from './admission.ts';
export { applyConflicts, type ApplyConflict } from './apply-conflicts.ts';
export { memoryStore } from './memory-store.ts';
export { objectStore, type StoreClock } from './object-store.ts';
export type { Change, ObjectTable } from './object-table.ts';
