import { randomUUID } from 'node:crypto';
import { apiVersionOf, keyOf, type Key, type KubeObject, type ResourceKind } from '@openfunction/resources';
import { applyMerge, disownChanged } from './apply-merge.ts';
import { checkFinalizers, isReleased, planDelete } from './finalizers.ts';
import { nextGeneration } from './generation.ts';
import { matchesLabels } from './labels.ts';
import type { Change, ObjectTable } from './object-table.ts';
import { plain, sameJson } from './plain.ts';
import { StoreError } from './store-error.ts';
import type { ListOptions, ObjectList, Store } from './store.ts';
import { watchTable } from './watch-table.ts';

/** Milliseconds since the epoch. */
export interface StoreClock {
  now(): number;
}

export function kindId(kind: ResourceKind): string {
  return `${kind.group}/${kind.plural}`;
}

function nameOf(kind: ResourceKind, key: Key): string {
  return `${kind.plural}${kind.group === '' ? '' : `.${kind.group}`} "${key.name}"`;
}

function notFound(kind: ResourceKind, key: Key): StoreError {
  return new StoreError('NotFound', `${nameOf(kind, key)} not found`);
}

/** The guards that a write carries: a uid, and a resourceVersion when it is set. */
function checkGuards(kind: ResourceKind, old: KubeObject, given: KubeObject): void {
  const { uid, resourceVersion } = given.metadata;
  const refuse = (why: string): never => {
    throw new StoreError('Conflict', `Operation cannot be fulfilled on ${nameOf(kind, keyOf(old))}: ${why}`);
  };
  if (uid !== undefined && uid !== old.metadata.uid) refuse('it is not the object with that uid; read it again');
  if (resourceVersion !== undefined && resourceVersion !== '' && resourceVersion !== old.metadata.resourceVersion) {
    refuse('the object has been modified; please apply your changes to the latest version and try again');
  }
}

function checkPlace(kind: ResourceKind, object: KubeObject): void {
  const { name, generateName, namespace } = object.metadata;
  if (!name && !generateName)
    throw new StoreError('Invalid', `${kind.kind} has no name; set metadata.name`, {
      causes: [{ field: 'metadata.name', reason: 'FieldValueRequired', message: 'name or generateName is required' }],
    });
  if (kind.namespaced && !namespace)
    throw new StoreError('BadRequest', `${nameOf(kind, keyOf(object))} has no namespace; set metadata.namespace`);
  if (!kind.namespaced && namespace)
    throw new StoreError('BadRequest', `${nameOf(kind, keyOf(object))} is cluster-scoped; remove metadata.namespace`);
}

/** What the store alone decides stays as it was. */
function keepSystemMetadata(old: KubeObject, next: KubeObject): KubeObject {
  const { uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, generation, resourceVersion, managedFields, namespace } =
    old.metadata;
  const metadata = {
    ...next.metadata,
    uid,
    creationTimestamp,
    deletionTimestamp,
    deletionGracePeriodSeconds,
    generation,
    resourceVersion,
    managedFields,
    namespace,
  };
  return plain({ ...next, metadata });
}

function continueToken(after: Key, resourceVersion: string): string {
  return Buffer.from(JSON.stringify([after.namespace, after.name, resourceVersion])).toString('base64url');
}

function parseToken(token: string): { after: Key; resourceVersion: string } {
  try {
    const [namespace, name, resourceVersion] = JSON.parse(Buffer.from(token, 'base64url').toString()) as unknown[];
    if (typeof namespace === 'string' && typeof name === 'string' && typeof resourceVersion === 'string')
      return { after: { namespace, name }, resourceVersion };
  } catch {
    // Falls through to the same refusal as a token of another shape.
  }
  throw new StoreError('BadRequest', 'the continue token is not one of this store; list from the start');
}

/** A {@link Store} with all its promises over a table that only keeps rows. */
export function objectStore(table: ObjectTable, options: { clock?: StoreClock; uid?: () => string } = {}): Store {
  const clock = options.clock ?? Date;
  const newUid = options.uid ?? randomUUID;
  const waiting = new Set<() => void>();
  // Kubernetes' times have no fraction of a second.
  const time = (): string => `${new Date(clock.now()).toISOString().slice(0, 19)}Z`;

  function transact<R>(run: () => R): R {
    const before = table.revision();
    const result = table.transaction(run);
    if (table.revision() !== before) for (const wake of waiting) wake();
    return result;
  }

  function write(kind: string, type: Change['type'], object: KubeObject, old?: KubeObject): KubeObject {
    return table.write({ kind, type, object, ...(old?.metadata.labels === undefined ? {} : { previousLabels: old.metadata.labels }) })
      .object;
  }

  function remove(kind: string, object: KubeObject, old: KubeObject): KubeObject {
    const removed = write(kind, 'DELETED', object, old);
    const uid = object.metadata.uid ?? '';
    for (const owned of table.ownedBy(uid)) leaveOwner(owned.kind, keyOf(owned.object), uid);
    return removed;
  }

  function leaveOwner(kind: string, key: Key, owner: string): void {
    // Read again: an earlier step of the same cascade may have changed or removed it.
    const object = table.read(kind, key);
    if (object === undefined) return;
    const owners = (object.metadata.ownerReferences ?? []).filter((reference) => reference.uid !== owner);
    if (owners.length === 0) {
      removeOrMark(kind, object);
      return;
    }
    write(kind, 'MODIFIED', { ...object, metadata: { ...object.metadata, ownerReferences: owners } }, object);
  }

  function removeOrMark(kind: string, object: KubeObject): void {
    const plan = planDelete(object, time());
    if (plan.action === 'remove') remove(kind, object, object);
    if (plan.action === 'mark') write(kind, 'MODIFIED', plan.object, object);
  }

  function insert(kind: ResourceKind, object: KubeObject): KubeObject {
    const { status, ...rest } = object;
    const { deletionTimestamp: _deletion, resourceVersion: _version, deletionGracePeriodSeconds: _grace, ...given } = object.metadata;
    const name = given.name || `${given.generateName ?? ''}${newUid().slice(0, 5)}`;
    const metadata = { ...given, name, uid: newUid(), creationTimestamp: time(), generation: 1 };
    const created = write(kindId(kind), 'ADDED', { ...rest, ...(kind.hasStatus || status === undefined ? {} : { status }), metadata });
    // The owner went while its owner's loop was about to make this: nobody else would ever delete it.
    const owners = created.metadata.ownerReferences ?? [];
    if (owners.length > 0 && owners.every((owner) => table.wasDeleted(owner.uid))) removeOrMark(kindId(kind), created);
    return created;
  }

  function replace(kind: ResourceKind, old: KubeObject, wanted: KubeObject): KubeObject {
    checkFinalizers(old, wanted);
    const next = { ...wanted, metadata: { ...wanted.metadata, generation: nextGeneration(old, wanted) } };
    if (sameJson(old, next)) return old;
    return isReleased(next) ? remove(kindId(kind), next, old) : write(kindId(kind), 'MODIFIED', next, old);
  }

  function existing(kind: ResourceKind, given: KubeObject): KubeObject {
    const old = table.read(kindId(kind), keyOf(given));
    if (old === undefined) throw notFound(kind, keyOf(given));
    checkGuards(kind, old, given);
    return old;
  }

  function withStatusOf(kind: ResourceKind, old: KubeObject | undefined, next: KubeObject): KubeObject {
    if (!kind.hasStatus) return next;
    const { status: _status, ...rest } = next;
    return old?.status === undefined ? rest : { ...rest, status: old.status };
  }

  return {
    get: async <T extends KubeObject>(kind: ResourceKind<T>, key: Key) => table.read(kindId(kind), key) as T | undefined,

    list: async <T extends KubeObject>(kind: ResourceKind<T>, list: ListOptions = {}): Promise<ObjectList<T>> => {
      const from = list.continue ? parseToken(list.continue) : undefined;
      // The version of the first page: whoever watches from it misses nothing that changed between pages.
      const resourceVersion = from?.resourceVersion ?? String(table.revision());
      const items: T[] = [];
      for (const object of table.scan(kindId(kind), { namespace: list.namespace, after: from?.after })) {
        if (!matchesLabels(object.metadata.labels, list.labels)) continue;
        const last = items.at(-1);
        if (list.limit && last !== undefined && items.length === list.limit) {
          return { items, resourceVersion, continue: continueToken(keyOf(last), resourceVersion) };
        }
        items.push(object as T);
      }
      return { items, resourceVersion };
    },

    watch: (kind, watch) => watchTable(table, kindId(kind), watch, waiting),

    create: async <T extends KubeObject>(kind: ResourceKind<T>, object: T): Promise<T> => {
      checkPlace(kind, object);
      if (object.metadata.resourceVersion) throw new StoreError('BadRequest', 'resourceVersion should not be set on objects to be created');
      return transact(() => {
        if (object.metadata.name && table.read(kindId(kind), keyOf(object)) !== undefined) {
          throw new StoreError('AlreadyExists', `${nameOf(kind, keyOf(object))} already exists`);
        }
        return insert(kind, plain({ ...object, apiVersion: object.apiVersion || apiVersionOf(kind), kind: kind.kind })) as T;
      });
    },

    update: async <T extends KubeObject>(kind: ResourceKind<T>, object: T): Promise<T> => {
      checkPlace(kind, object);
      return transact(() => {
        const old = existing(kind, object);
        const next = keepSystemMetadata(old, withStatusOf(kind, old, object));
        return replace(kind, old, disownChanged(old, next)) as T;
      });
    },

    updateStatus: async <T extends KubeObject>(kind: ResourceKind<T>, object: T): Promise<T> =>
      transact(() => {
        const old = existing(kind, object);
        const next = plain({ ...old, status: object.status });
        return (sameJson(old, next) ? old : write(kindId(kind), 'MODIFIED', next, old)) as T;
      }),

    apply: async <T extends KubeObject>(kind: ResourceKind<T>, object: T, { fieldManager }: { fieldManager: string }): Promise<T> => {
      checkPlace(kind, object);
      return transact(() => {
        const old = table.read(kindId(kind), keyOf(object));
        if (old !== undefined) checkGuards(kind, old, object);
        else if (object.metadata.uid || object.metadata.resourceVersion) throw notFound(kind, keyOf(object));
        const merged = plain(withStatusOf(kind, old, applyMerge(old, object, { fieldManager, time: time() })));
        return (old === undefined ? insert(kind, merged) : replace(kind, old, merged)) as T;
      });
    },

    delete: async (kind, key, guard = {}) =>
      transact(() => {
        const object = table.read(kindId(kind), key);
        if (object === undefined) return;
        if (guard.uid !== undefined && guard.uid !== object.metadata.uid) {
          throw new StoreError('Conflict', `${nameOf(kind, key)} was not deleted: its uid is ${object.metadata.uid}, not ${guard.uid}`);
        }
        removeOrMark(kindId(kind), object);
      }),
  };
}
