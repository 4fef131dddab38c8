export type { ApplyOptions, ListOptions, ObjectList, Store, WatchEvent, WatchOptions, WriteOptions } from './store.ts';
export { StoreError, storeErrorStatus, type FieldCause, type StoreErrorCode } from './store-error.ts';
export { refuse, type Admission } from './admission.ts';
export type { MergeSchema } from './ownership/merge-schema.ts';
export { left } from './watch-table.ts';
export { memoryStore } from './memory-store.ts';
export { objectStore, type ObjectStoreOptions, type SchemaOf, type StoreClock } from './object-store.ts';
export type { Change, ObjectTable } from './object-table.ts';
