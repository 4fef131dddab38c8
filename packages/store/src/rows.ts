import { keyOf, type Key, type KubeObject, type ResourceKind } from '@openfunction/resources';
import { planDelete } from './finalizers.ts';
import type { Change, ObjectTable } from './object-table.ts';
import { sameJson } from './plain.ts';

export function kindId(kind: ResourceKind): string {
  return `${kind.group}/${kind.plural}`;
}

/** Writes of single rows, with what they bring about: deletion by owner, and by the last finalizer. */
export interface Rows {
  write(kind: string, type: Change['type'], object: KubeObject, old?: KubeObject): KubeObject;
  remove(kind: string, object: KubeObject, old: KubeObject): KubeObject;
  /** Deletes an object, or says in it that it is to go when its finalizers are gone. */
  removeOrMark(kind: string, object: KubeObject): void;
}

/** Whether a selection may hold one and not the other. Of status nobody selects here. */
function isSelectedOtherwise(old: KubeObject, next: KubeObject): boolean {
  const { status: _old, metadata: before, ...was } = old;
  const { status: _next, metadata: after, ...is } = next;
  return !sameJson(before.labels ?? {}, after.labels ?? {}) || !sameJson(was, is);
}

/** `time` is that of now, in Kubernetes' form. */
export function rowsOf(table: ObjectTable, time: () => string): Rows {
  function write(kind: string, type: Change['type'], object: KubeObject, old?: KubeObject): KubeObject {
    return table.write({ kind, type, object, ...(old !== undefined && isSelectedOtherwise(old, object) ? { previous: old } : {}) }).object;
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

  return { write, remove, removeOrMark };
}
