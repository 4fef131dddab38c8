import { keyOf, type Builder, type Key, type KubeObject, type ResourceKind, type Serving, type Uid } from '@openfunction/resources';
import type { Store } from '@openfunction/store';

type Child = Builder | Serving;

/** The names of what each Function owns. A hint, as a watch is: what a name stands for is read from the Store. */
export interface ChildIndex {
  /** Told of an object that is there, or that is gone. */
  seen(object: KubeObject, type?: 'DELETED' | 'PRESENT'): void;
  /** What an owner has of a kind, as it is stored now. */
  read<T extends Child>(store: Store, kind: ResourceKind<T>, owner: KubeObject): Promise<T[]>;
}

/** The Function that an object belongs to. */
export function functionOwner(object: KubeObject): { key: Key; uid: Uid } | undefined {
  const owner = object.metadata?.ownerReferences?.find(({ kind }) => kind === 'Function');
  if (owner === undefined) return undefined;
  return { key: { namespace: object.metadata.namespace ?? '', name: owner.name }, uid: owner.uid };
}

/** By owner and not by label: labels can be edited, and a namespace may hold thousands of others. */
export function childIndex(): ChildIndex {
  const names = new Map<string, Set<string>>();
  const placeOf = (kind: string, uid: string): string => `${kind} ${uid}`;

  function forget(place: string, name: string): void {
    const own = names.get(place);
    own?.delete(name);
    if (own?.size === 0) names.delete(place);
  }

  return {
    seen: (object, type = 'PRESENT') => {
      const owner = functionOwner(object);
      if (owner === undefined) return;
      const place = placeOf(object.kind, owner.uid);
      if (type === 'DELETED') forget(place, object.metadata.name);
      else names.set(place, (names.get(place) ?? new Set()).add(object.metadata.name));
    },
    read: async <T extends Child>(store: Store, kind: ResourceKind<T>, owner: KubeObject): Promise<T[]> => {
      const { uid = '' } = owner.metadata;
      const place = placeOf(kind.kind, uid);
      const found: T[] = [];
      for (const name of [...(names.get(place) ?? [])].toSorted()) {
        const child = await store.get(kind, { namespace: keyOf(owner).namespace, name });
        if (child !== undefined && functionOwner(child)?.uid === uid) found.push(child);
        else forget(place, name);
      }
      return found;
    },
  };
}
