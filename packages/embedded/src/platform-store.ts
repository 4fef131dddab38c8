import { coreKinds, validateCoreObject } from '@openfunction/api-server';
import { sqliteStore } from '@openfunction/local';
import { validateObject, type FieldCause, type KubeObject, type ResourceKind } from '@openfunction/resources';
import type { SchemaOf, Store } from '@openfunction/store';
import { apiKinds, isOlder } from './api-kinds.ts';

function validate(kind: ResourceKind, object: KubeObject, old?: KubeObject): FieldCause[] {
  return [...validateCoreObject(kind, object, old), ...(validateObject(kind, object, old) ?? [])];
}

/** How objects of each kind are merged: what a cluster learns from CRDs, and knows of its core kinds. */
function schemas(): SchemaOf {
  const known = new Map(
    [...coreKinds, ...apiKinds().filter((kind) => !isOlder(kind))].map((kind) => [`${kind.group}/${kind.kind}`, kind.schema]),
  );
  return (kind) => known.get(`${kind.group}/${kind.kind}`);
}

/** Desired state on this machine's disk, which refuses what the kinds forbid: to the API, and to the platform's own loops. */
export function platformStore(path: string): Store & { close(): void } {
  return sqliteStore({ path, schemaOf: schemas(), admission: { validate } });
}
