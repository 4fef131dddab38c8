import type { KubeObject } from '@openfunction/resources';
import { StoreError } from './store-error.ts';

/** What a delete request does to an object. */
export type DeletePlan = { action: 'remove' } | { action: 'mark'; object: KubeObject } | { action: 'wait' };

/** That an object is to go is a wish, like a change of its spec. */
function generation({ metadata }: KubeObject): { generation?: number } {
  return metadata.generation === undefined ? {} : { generation: metadata.generation + 1 };
}

export function planDelete(object: KubeObject, now: string): DeletePlan {
  if ((object.metadata.finalizers ?? []).length === 0) return { action: 'remove' };
  if (object.metadata.deletionTimestamp !== undefined) return { action: 'wait' };
  return {
    action: 'mark',
    object: { ...object, metadata: { ...object.metadata, ...generation(object), deletionTimestamp: now, deletionGracePeriodSeconds: 0 } },
  };
}

/** True when this write takes the last finalizer from an object that is being deleted. */
export function isReleased(object: KubeObject): boolean {
  return object.metadata.deletionTimestamp !== undefined && (object.metadata.finalizers ?? []).length === 0;
}

/** An object that is being deleted gets no new finalizers. */
export function checkFinalizers(old: KubeObject, next: KubeObject): void {
  if (old.metadata.deletionTimestamp === undefined) return;
  const known = new Set(old.metadata.finalizers);
  const added = (next.metadata.finalizers ?? []).filter((finalizer) => !known.has(finalizer));
  if (added.length === 0) return;
  const message = `no new finalizers can be added while the object is being deleted, found ${added.join(', ')}`;
  throw new StoreError('Invalid', `${next.kind} "${next.metadata.name}" is invalid: metadata.finalizers: ${message}`, {
    causes: [{ field: 'metadata.finalizers', reason: 'FieldValueForbidden', message }],
  });
}
