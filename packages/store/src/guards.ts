import { keyOf, type Key, type KubeObject, type ResourceKind } from '@openfunction/resources';
import { StoreError } from './store-error.ts';

function nameOf(kind: ResourceKind, key: Key): string {
  return `${kind.plural}${kind.group === '' ? '' : `.${kind.group}`} "${key.name}"`;
}

export function notFound(kind: ResourceKind, key: Key): StoreError {
  return new StoreError('NotFound', `${nameOf(kind, key)} not found`);
}

export function alreadyExists(kind: ResourceKind, key: Key): StoreError {
  return new StoreError('AlreadyExists', `${nameOf(kind, key)} already exists`, { about: key.name });
}

function conflict(kind: ResourceKind, key: Key, why: string): StoreError {
  return new StoreError('Conflict', `Operation cannot be fulfilled on ${nameOf(kind, key)}: ${why}`);
}

export function checkUid(kind: ResourceKind, old: KubeObject, uid: string | undefined): void {
  const found = old.metadata.uid ?? '';
  if (uid === undefined || uid === '' || uid === found) return;
  throw conflict(kind, keyOf(old), `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${found}`);
}

/** The guards that a write carries: a uid, and a resourceVersion when it is set. */
export function checkGuards(kind: ResourceKind, old: KubeObject, given: KubeObject): void {
  checkUid(kind, old, given.metadata.uid);
  const { resourceVersion } = given.metadata;
  if (resourceVersion === undefined || resourceVersion === '' || resourceVersion === old.metadata.resourceVersion) return;
  throw conflict(kind, keyOf(old), 'the object has been modified; please apply your changes to the latest version and try again');
}

/** Refuses an object without a name, or with a namespace where none belongs. */
export function checkPlace(kind: ResourceKind, object: KubeObject): void {
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
