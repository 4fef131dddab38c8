import { serviceKind, type KubeObject, type ResourceKind } from '@openfunction/resources';
import type { Store } from '@openfunction/store';

/**
 * The store, with Services of the enabled namespaces alone: this part may touch none of any other, where a Function runs nowhere
 * and says so itself.
 */
export function servicesIn(store: Store, namespaces: readonly string[]): Store {
  const isElsewhere = (kind: ResourceKind, namespace = ''): boolean =>
    kind.plural === serviceKind.plural && !namespaces.includes(namespace);
  return {
    ...store,
    get: async <T extends KubeObject>(kind: ResourceKind<T>, key: { namespace: string; name: string }) =>
      isElsewhere(kind, key.namespace) ? undefined : store.get(kind, key),
    apply: async <T extends KubeObject>(kind: ResourceKind<T>, object: T, options: { fieldManager: string }) =>
      isElsewhere(kind, object.metadata.namespace) ? object : store.apply(kind, object, options),
  };
}
