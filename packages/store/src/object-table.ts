import type { Key, KubeObject } from '@openfunction/resources';

/** One write, as watches tell it. `object` has the resourceVersion of `revision`. */
export interface Change {
  revision: number;
  /** `group/plural` */
  kind: string;
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: KubeObject;
  /** The object before the change, where what a watch may select by has changed, so that it sees what leaves it. */
  previous?: KubeObject;
}

/**
 * The persistence below {@link objectStore}: rows and a bounded history, no rules. Everything is synchronous,
 * and what it returns is the caller's to keep.
 */
export interface ObjectTable {
  /** The last revision given out. */
  revision(): number;
  read(kind: string, key: Key): KubeObject | undefined;
  /** In order of namespace and name, those after `after`. */
  scan(kind: string, options: { namespace?: string; after?: Key }): Iterable<KubeObject>;
  ownedBy(uid: string): { kind: string; object: KubeObject }[];
  /** True while the history still knows that an object with this uid was deleted. */
  wasDeleted(uid: string): boolean;
  /** Changes of a kind, oldest first, at most `limit`. */
  changesAfter(kind: string, revision: number, limit: number): Change[];
  /** Changes of the kind up to this revision are forgotten. */
  forgottenUpTo(kind: string): number;
  /** All or nothing, and durable when it returns. */
  transaction<R>(run: () => R): R;
  /** Within a transaction: gives out the next revision, stores the row (or removes it) and appends to the history. */
  write(change: Omit<Change, 'revision'>): Change;
}
