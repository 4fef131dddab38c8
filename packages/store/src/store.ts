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

/** `BOOKMARK` carries only a newer resourceVersion. */
export type WatchEvent<T> = { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: T } | { type: 'BOOKMARK'; resourceVersion: string };

export interface WatchOptions {
  namespace?: string;
  labels?: Record<string, string>;
  /** Where to go on; absent: the present state arrives first, as ADDED. Too old: throws StoreError `Expired`. */
  resourceVersion?: string;
  signal: AbortSignal;
}

/**
 * Desired state, with Kubernetes' promises: every write has a new resourceVersion; a write with a stale
 * one fails with `Conflict`; `generation` counts changes of spec; an object with finalizers is deleted
 * when the last one goes; what an object owns is deleted with it; watches are ordered per kind.
 * Every failure is a {@link StoreError}.
 */
export interface Store {
  get<T extends KubeObject>(kind: ResourceKind<T>, key: Key): Promise<T | undefined>;
  list<T extends KubeObject>(kind: ResourceKind<T>, options?: ListOptions): Promise<ObjectList<T>>;
  watch<T extends KubeObject>(kind: ResourceKind<T>, options: WatchOptions): AsyncIterable<WatchEvent<T>>;
  create<T extends KubeObject>(kind: ResourceKind<T>, object: T): Promise<T>;
  /** Replaces everything but status. Guarded by metadata.resourceVersion when it is set. */
  update<T extends KubeObject>(kind: ResourceKind<T>, object: T): Promise<T>;
  /** Replaces status alone. A status equal to the stored one writes nothing. */
  updateStatus<T extends KubeObject>(kind: ResourceKind<T>, object: T): Promise<T>;
  /** Declares the fields this manager wants (server-side apply, forced). Equal to what is stored: writes nothing. */
  apply<T extends KubeObject>(kind: ResourceKind<T>, object: T, options: { fieldManager: string }): Promise<T>;
  /** Deleting what does not exist is no error. `uid` guards against deleting a re-created object. */
  delete(kind: ResourceKind, key: Key, options?: { uid?: string }): Promise<void>;
}
