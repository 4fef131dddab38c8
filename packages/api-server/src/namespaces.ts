import { keyOf, type KubeObject } from '@openfunction/resources';
import { StoreError, type Store } from '@openfunction/store';
import { ApiError } from './api-error.ts';
import type { ApiKind } from './api-kind.ts';
import { namespaceKind } from './core-kinds.ts';

/** Holds a Namespace until nothing is left in it. */
const finalizer = 'openfunction.io/contents';

/** The platform's own, which stay. */
export const lastingNamespaces: readonly string[] = ['default', 'openfunction'];

export interface NamespaceContext {
  store: Store;
  kinds: readonly ApiKind[];
}

/** A new Namespace, as it is stored. */
export function newNamespace(object: KubeObject): KubeObject {
  const finalizers = [...new Set([...(object.metadata.finalizers ?? []), finalizer])];
  return { ...object, metadata: { ...object.metadata, finalizers }, status: { phase: 'Active' } };
}

/** Refuses what Kubernetes refuses too: to make things where all is about to go. */
export async function checkNamespace(store: Store, kind: ApiKind, namespace: string | undefined): Promise<void> {
  if (!kind.namespaced) return;
  if (namespace === undefined) throw new ApiError('BadRequest', 'The path must name a namespace.');
  const found = await store.get(namespaceKind, { namespace: '', name: namespace });
  if (found === undefined)
    throw new ApiError('NotFound', `namespaces "${namespace}" not found`, { subject: { kind: 'namespaces', name: namespace } });
  if (found.metadata.deletionTimestamp !== undefined)
    throw new StoreError('Forbidden', `${kind.plural} cannot be made in namespace ${namespace}, because it is being terminated.`);
}

/** Deletes everything in a Namespace that is being deleted, and lets it go when nothing is left; says whether it is gone. */
export async function emptyNamespace({ store, kinds }: NamespaceContext, name: string): Promise<boolean> {
  const key = { namespace: '', name };
  const found = await store.get(namespaceKind, key);
  if (found?.metadata.deletionTimestamp === undefined) return true;
  const inside = kinds.filter((kind) => kind.namespaced && kind.readOnly !== true);
  for (const kind of inside) for (const item of (await store.list(kind, { namespace: name })).items) await store.delete(kind, keyOf(item));
  const left = await Promise.all(inside.map(async (kind) => (await store.list(kind, { namespace: name, limit: 1 })).items.length));
  const namespace = await store.get(namespaceKind, key);
  if (namespace === undefined) return true;
  const isEmpty = left.every((count) => count === 0);
  const finalizers = (namespace.metadata.finalizers ?? []).filter((each) => !isEmpty || each !== finalizer);
  await store.update(namespaceKind, { ...namespace, metadata: { ...namespace.metadata, finalizers }, status: { phase: 'Terminating' } });
  return isEmpty;
}

export interface NamespaceSweeper {
  /** Something waits: look again, until nothing does. */
  wake(): void;
  close(): void;
}

const againMs = 1000;

/** Goes on with Namespaces that wait for what is left in them, those of an earlier process included. */
export function namespaceSweeper(context: NamespaceContext, onError: (error: unknown) => void): NamespaceSweeper {
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;

  async function sweep(): Promise<boolean> {
    const { items } = await context.store.list(namespaceKind);
    const going = items.filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
    const gone = await Promise.all(going.map(({ metadata }) => emptyNamespace(context, metadata.name)));
    return gone.every(Boolean);
  }
  function wake(): void {
    if (isClosed || timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      sweep().then(
        (isDone) => {
          if (!isDone) wake();
        },
        (error: unknown) => {
          onError(error);
          wake();
        },
      );
    }, againMs);
  }

  return {
    wake,
    close: () => {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}
