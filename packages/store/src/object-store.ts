import { randomUUID } from 'node:crypto';
import { keyOf, type Key, type KubeObject, type ResourceKind } from '@openfunction/resources';
import { admit, type Admission } from './admission.ts';
import { continueToken, parseToken } from './continue-token.ts';
import { isReleased } from './finalizers.ts';
import { checkPlace, checkUid } from './guards.ts';
import { matchesLabels } from './labels.ts';
import type { ObjectTable } from './object-table.ts';
import type { MergeSchema } from './ownership/merge-schema.ts';
import type { Writing } from './ownership/own-update.ts';
import { sameJson } from './plain.ts';
import { planApply, planCreate, planStatus, planUpdate } from './plan-write.ts';
import { kindId, rowsOf } from './rows.ts';
import type { ListOptions, ObjectList, Store, WriteOptions } from './store.ts';
import { watchTable } from './watch-table.ts';

/** Milliseconds since the epoch. */
export interface StoreClock {
  now(): number;
}

/** The schema that objects of a kind are merged by; undefined merges every map and takes every list as one value. */
export type SchemaOf = (kind: ResourceKind) => MergeSchema | undefined;

export interface ObjectStoreOptions {
  clock?: StoreClock;
  uid?: () => string;
  schemaOf?: SchemaOf;
  /** Default: everything passes. */
  admission?: Admission;
  /** Runs a write to its end, alone or with others. Default: at once, alone. */
  transact?: <R>(run: () => R) => Promise<R>;
}

/** The name of who writes without giving one. */
const ownManager = 'openfunction';

const listChunk = 500;

/** A {@link Store} with all its promises over a table that only keeps rows. */
export function objectStore(table: ObjectTable, options: ObjectStoreOptions = {}): Store {
  const clock = options.clock ?? Date;
  const newUid = options.uid ?? randomUUID;
  const transact = options.transact ?? (async <R>(run: () => R): Promise<R> => table.transaction(run));
  const waiting = new Set<() => void>();
  // Kubernetes' times have no fraction of a second.
  const time = (): string => `${new Date(clock.now()).toISOString().slice(0, 19)}Z`;
  const rows = rowsOf(table, time);
  let told = table.revision();

  async function commit<R>(run: () => R): Promise<R> {
    const { result, revision } = await transact(() => ({ result: run(), revision: table.revision() }));
    if (revision !== told) {
      told = revision;
      for (const wake of waiting) wake();
    }
    return result;
  }

  function writingOf(kind: ResourceKind, object: KubeObject, { fieldManager = ownManager, through }: WriteOptions): Writing {
    const { hasStatus } = kind;
    return {
      hasStatus,
      fieldManager,
      apiVersion: object.apiVersion,
      time: time(),
      schema: options.schemaOf?.(kind),
      ...(through === undefined ? {} : { subresource: through }),
    };
  }

  function insert(kind: ResourceKind, object: KubeObject, { dryRun }: WriteOptions): KubeObject {
    const { deletionTimestamp: _deletion, resourceVersion: _version, deletionGracePeriodSeconds: _grace, ...given } = object.metadata;
    const name = given.name || `${given.generateName ?? ''}${newUid().slice(0, 5)}`;
    const whole = {
      ...object,
      metadata: { ...given, name, uid: newUid(), creationTimestamp: time(), ...(kind.group === '' ? {} : { generation: 1 }) },
    };
    admit(options.admission, kind, whole);
    if (dryRun === true) return whole;
    const created = rows.write(kindId(kind), 'ADDED', whole);
    // The owner went while its owner's loop was about to make this: nobody else would ever delete it.
    const owners = created.metadata.ownerReferences ?? [];
    if (owners.length > 0 && owners.every((owner) => table.wasDeleted(owner.uid))) rows.removeOrMark(kindId(kind), created);
    return created;
  }

  function replace(kind: ResourceKind, old: KubeObject, next: KubeObject, { dryRun }: WriteOptions): KubeObject {
    if (sameJson(old, next)) return old;
    if (dryRun === true) return next;
    return isReleased(next) ? rows.remove(kindId(kind), next, old) : rows.write(kindId(kind), 'MODIFIED', next, old);
  }

  function found(kind: ResourceKind, object: KubeObject): KubeObject | undefined {
    return object.metadata.name ? table.read(kindId(kind), keyOf(object)) : undefined;
  }

  function change<T extends KubeObject>(
    kind: ResourceKind<T>,
    object: T,
    plan: (old: KubeObject | undefined) => KubeObject,
    write: WriteOptions & { unchecked?: boolean },
  ): Promise<T> {
    return commit(() => {
      const old = found(kind, object);
      const next = plan(old);
      if (old === undefined) return insert(kind, next, write) as T;
      if (write.unchecked !== true) admit(options.admission, kind, next, old);
      return replace(kind, old, next, write) as T;
    });
  }

  async function list<T extends KubeObject>(kind: ResourceKind<T>, given: ListOptions = {}): Promise<ObjectList<T>> {
    const from = given.continue ? parseToken(given.continue) : undefined;
    // The version of the first page: whoever watches from it misses nothing that changed between pages.
    const resourceVersion = from?.resourceVersion ?? String(table.revision());
    const items: T[] = [];
    let scanned = 0;
    for (const object of table.scan(kindId(kind), { namespace: given.namespace, after: from?.after })) {
      scanned += 1;
      // Others have their turn while a long list is read.
      if (scanned % listChunk === 0) await new Promise(setImmediate);
      if (!matchesLabels(object.metadata.labels, given.labels)) continue;
      const last = items.at(-1);
      if (given.limit && last !== undefined && items.length === given.limit)
        return { items, resourceVersion, continue: continueToken({ after: keyOf(last), resourceVersion }) };
      items.push(object as T);
    }
    return { items, resourceVersion };
  }

  return {
    get: async <T extends KubeObject>(kind: ResourceKind<T>, key: Key) => table.read(kindId(kind), key) as T | undefined,
    list,
    watch: (kind, watch) => watchTable(table, kindId(kind), watch, waiting),
    create: async (kind, object, write = {}) => {
      checkPlace(kind, object);
      return change(kind, object, (old) => planCreate(kind, old, object, writingOf(kind, object, write)), write);
    },
    update: async (kind, object, write = {}) => {
      checkPlace(kind, object);
      return change(kind, object, (old) => planUpdate(kind, old, object, writingOf(kind, object, write)), write);
    },
    updateStatus: (kind, object, write = {}) =>
      change(kind, object, (old) => planStatus(kind, old, object, writingOf(kind, object, write)), { ...write, unchecked: true }),
    apply: async (kind, object, write) => {
      checkPlace(kind, object);
      const { subresource, force = true } = write;
      const plan = (old: KubeObject | undefined): KubeObject =>
        planApply(kind, old, object, {
          ...writingOf(kind, object, write),
          ...(subresource === undefined ? {} : { subresource }),
          force,
        });
      return change(kind, object, plan, { ...write, unchecked: subresource !== undefined });
    },
    delete: (kind, key, guard = {}) =>
      commit(() => {
        const object = table.read(kindId(kind), key);
        if (object === undefined) return;
        checkUid(kind, object, guard.uid);
        rows.removeOrMark(kindId(kind), object);
      }),
  };
}
