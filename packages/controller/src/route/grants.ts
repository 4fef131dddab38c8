import { referenceGrantKind, type OFunction, type ReferenceGrant } from '@openfunction/resources';
import { StoreError, type Store } from '@openfunction/store';

/** Other namespaces that the route of a Function names. */
export function foreignNamespaces(fn: OFunction): string[] {
  const rules = fn.spec?.serving?.triggers?.http?.route?.rules;
  if (!Array.isArray(rules)) return [];
  const named = rules.flatMap(({ filters = [] }) => filters.map(({ requestMirror }) => requestMirror?.backendRef.namespace));
  return [...new Set(named.filter((name) => name !== undefined && name !== fn.metadata.namespace))].flatMap((name) => name ?? []);
}

/** The ReferenceGrants of namespaces; none where nobody knows the kind. */
export async function readGrants(store: Store, namespaces: readonly string[]): Promise<ReferenceGrant[]> {
  const lists = await Promise.all(namespaces.map((namespace) => listed(store, namespace)));
  return lists.flat();
}

async function listed(store: Store, namespace: string): Promise<ReferenceGrant[]> {
  try {
    return (await store.list(referenceGrantKind, { namespace })).items;
  } catch (error) {
    if (error instanceof StoreError && error.code === 'NotFound') return [];
    throw error;
  }
}
