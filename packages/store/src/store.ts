import type { Key, KubeObject, ResourceKind } from '@openfunction/resources';

export interface ListOptions {
  /** All namespaces when absent. */
  namespace?: string;
  /** Equality-based selector, all must match. */
  labels?: Record<string, string>;
  limit?: number;
  continue?: string;
}

export interface ObjectList<T> {
  items: T[];
  resourceVersion: string;
  continue?: string;
}

/**
 * `BOOKMARK` carries only a newer resourceVersion. `previous` is the object before a change of its labels or fields,
 * where the store knows it; what leaves a selection is DELETED as it was, in its new version.
 */
export type WatchEvent<T> =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: T; previous?: T }
  | { type: 'BOOKMARK'; resourceVersion: string };

export interface WatchOptions {
  namespace?: string;
  labels?: Record<string, string>;
  /** Where to go on; absent: the present state arrives first, as ADDED. Too old: throws StoreError `Expired`. */
  resourceVersion?: string;
  signal: AbortSignal;
}

export interface WriteOptions {
  /** Who owns the fields that this write changes. Default: the writing program. */
  fieldManager?: string;
  /** Everything happens but the write: the answer is what would be stored. */
  dryRun?: boolean;
  /** The view of the object that was written through, for the record of its owners. */
  through?: 'scale';
}

export interface ApplyOptions extends WriteOptions {
  fieldManager: string;
  /** Takes fields from their owners; without it that is a `Conflict` whose causes name them. Default true. */
  force?: boolean;
  /** Applies status alone. */
  subresource?: 'status';
}

/**
 * Desired state, with Kubernetes' promises: every write has a new resourceVersion; a write with a stale
 * one fails with `Conflict`; `generation` counts changes of spec; an object with finalizers is deleted
 * when the last one goes; what an object owns is deleted with it; watches are ordered per kind; metadata.managedFields
 * tells who owns which field, as server-side apply needs it.
 * Every failure is a {@link StoreError}.
 */
export interface Store {
  get<T extends KubeObject>(kind: ResourceKind<T>, key: Key): Promise<T | undefined>;
  list<T extends KubeObject>(kind: ResourceKind<T>, options?: ListOptions): Promise<ObjectList<T>>;
  watch<T extends KubeObject>(kind: ResourceKind<T>, options: WatchOptions): AsyncIterable<WatchEvent<T>>;
  create<T extends KubeObject>(kind: ResourceKind<T>, object: T, options?: WriteOptions): Promise<T>;
  /** Replaces everything but status. Guarded by metadata.resourceVersion when it is set. */
  update<T extends KubeObject>(kind: ResourceKind<T>, object: T, options?: WriteOptions): Promise<T>;
  /** Replaces status alone. A status equal to the stored one writes nothing. */
  updateStatus<T extends KubeObject>(kind: ResourceKind<T>, object: T, options?: WriteOptions): Promise<T>;
  /**
   * Server-side apply: sets the fields of `object` and owns them, and removes those that this manager applied before
   * and nobody owns now. Equal to what is stored: writes nothing.
   */
  apply<T extends KubeObject>(kind: ResourceKind<T>, object: T, options: ApplyOptions): Promise<T>;
  /** Deleting what does not exist is no error. `uid` guards against deleting a re-created object. */
  delete(kind: ResourceKind, key: Key, options?: { uid?: string }): Promise<void>;
}
