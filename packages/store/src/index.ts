export type { ListOptions, ObjectList, Store, WatchEvent, WatchOptions } from './store.ts';
export { StoreError, storeErrorStatus, type FieldCause, type StoreErrorCode } from './store-error.ts';
