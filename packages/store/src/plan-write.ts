import { apiVersionOf, keyOf, type KubeObject, type ResourceKind } from '@openfunction/resources';
import { checkFinalizers } from './finalizers.ts';
import { nextGeneration } from './generation.ts';
import { alreadyExists, checkGuards, notFound } from './guards.ts';
import { ownApply } from './ownership/own-apply.ts';
import { ownUpdate, type Writing } from './ownership/own-update.ts';
import { plain } from './plain.ts';
import { StoreError } from './store-error.ts';

function withStatusOf(kind: ResourceKind, old: KubeObject | undefined, next: KubeObject): KubeObject {
  if (!kind.hasStatus) return next;
  const { status: _status, ...rest } = next;
  return old?.status === undefined ? rest : { ...rest, status: old.status };
}

/** What the store alone decides stays as it was; of the owners, ownership decides. */
function keepSystemMetadata(old: KubeObject, next: KubeObject): KubeObject {
  const { uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, generation, resourceVersion, namespace } = old.metadata;
  const kept = { uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, generation, resourceVersion, namespace };
  return plain({ ...next, metadata: { ...next.metadata, ...kept } });
}

function counted(old: KubeObject, next: KubeObject): KubeObject {
  checkFinalizers(old, next);
  const generation = nextGeneration(old, next);
  return generation === undefined ? next : { ...next, metadata: { ...next.metadata, generation } };
}

const collections = ['labels', 'annotations', 'finalizers', 'ownerReferences'] as const;

/** Nothing of a kind is the same as no field for it. */
function withoutEmptyMetadata(object: KubeObject): KubeObject {
  const metadata = { ...object.metadata };
  for (const name of collections) {
    const value: object | null | undefined = metadata[name];
    if (value === null || (value !== undefined && Object.keys(value).length === 0)) delete metadata[name];
  }
  return { ...object, metadata };
}

function existing(kind: ResourceKind, old: KubeObject | undefined, given: KubeObject): KubeObject {
  if (old === undefined) throw notFound(kind, keyOf(given));
  checkGuards(kind, old, given);
  return old;
}

/** A new object before it has an identity. */
export function planCreate(kind: ResourceKind, old: KubeObject | undefined, object: KubeObject, writing: Writing): KubeObject {
  if (object.metadata.resourceVersion) throw new StoreError('BadRequest', 'resourceVersion should not be set on objects to be created');
  if (old !== undefined) throw alreadyExists(kind, keyOf(object));
  const typed = plain({ ...object, apiVersion: object.apiVersion || apiVersionOf(kind), kind: kind.kind });
  return ownUpdate(undefined, withStatusOf(kind, undefined, withoutEmptyMetadata(typed)), writing);
}

export function planUpdate(kind: ResourceKind, found: KubeObject | undefined, object: KubeObject, writing: Writing): KubeObject {
  const old = existing(kind, found, object);
  const next = withoutEmptyMetadata(keepSystemMetadata(old, withStatusOf(kind, old, object)));
  return counted(old, ownUpdate(old, next, writing));
}

export function planStatus(kind: ResourceKind, found: KubeObject | undefined, object: KubeObject, writing: Writing): KubeObject {
  const old = existing(kind, found, object);
  return ownUpdate(old, plain({ ...old, status: object.status }), { ...writing, subresource: 'status' });
}

export function planApply(
  kind: ResourceKind,
  old: KubeObject | undefined,
  object: KubeObject,
  writing: Writing & { force: boolean },
): KubeObject {
  if (old !== undefined) checkGuards(kind, old, object);
  else if (object.metadata.uid || object.metadata.resourceVersion || writing.subresource !== undefined) throw notFound(kind, keyOf(object));
  const merged = withoutEmptyMetadata(plain(ownApply(old, plain(object), writing)));
  return old === undefined ? merged : counted(old, merged);
}
