import { apiVersionOf, keyOf, keyText, referenceGrantKind, type Key, type OFunction, type ReferenceGrant } from '@openfunction/resources';
import { StoreError, type Store } from '@openfunction/store';
import { httpRouteKind, type HttpRoute } from '../gateway/kubernetes-objects.ts';
import { covers } from './covers.ts';
import type { PlannedEntry } from './plan.ts';

const fieldManager = 'openfunction-controller';
const managedLabel = 'app.kubernetes.io/managed-by';
const managed = 'openfunction';
/** As many as an HTTPRoute may have. */
const mostHosts = 16;
const mostMatches = 64;

export interface HttpRouteOptions {
  fn: OFunction;
  entries: readonly PlannedEntry[];
  /** The Kubernetes Gateway. */
  entry: Key;
  /** The Service of the platform's gateway, which decides everything else. */
  backend: Key;
}

/** What another implementation of the Gateway API needs to know of a Function: who is called by these hosts and paths comes to us. */
export function planHttpRoute({ fn, entries, entry, backend }: HttpRouteOptions): HttpRoute | undefined {
  const external = entries.filter(({ internal }) => !internal);
  const hostnames = [...new Set(external.map(({ host }) => host))].slice(0, mostHosts);
  if (hostnames.length === 0) return undefined;
  const { name, namespace, uid = '' } = fn.metadata;
  const matches = pathsOf(external);
  return {
    apiVersion: apiVersionOf(httpRouteKind),
    kind: 'HTTPRoute',
    metadata: {
      name,
      namespace,
      labels: { [managedLabel]: managed },
      ownerReferences: [{ apiVersion: fn.apiVersion, kind: fn.kind, name, uid, controller: true, blockOwnerDeletion: true }],
    },
    spec: {
      parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: entry.name, namespace: entry.namespace }],
      hostnames,
      rules: [{ matches, backendRefs: [{ group: '', kind: 'Service', ...backend, port: 80, weight: 1 }] }],
    },
  };
}

function pathsOf(entries: readonly PlannedEntry[]): HttpRoute['spec']['rules'][0]['matches'] {
  const all = [{ path: { type: 'PathPrefix' as const, value: '/' } }];
  // How a pattern is read differs from one implementation to the next: ours decides.
  if (entries.some(({ path }) => path.type === 'PATH_MATCH_TYPE_PATTERN')) return all;
  const paths = entries.map(({ path }) => ({
    path: { type: path.type === 'PATH_MATCH_TYPE_EXACT' ? ('Exact' as const) : ('PathPrefix' as const), value: path.value },
  }));
  const unique = new Map(paths.map((each) => [`${each.path.type} ${each.path.value}`, each]));
  return unique.size > mostMatches ? all : [...unique.values()];
}

/** Lets HTTPRoutes of a namespace name the Service of the platform's gateway. */
export function planRoutesGrant(namespace: string, backend: Key): ReferenceGrant {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1beta1',
    kind: 'ReferenceGrant',
    metadata: { name: `openfunction-routes-${namespace}`, namespace: backend.namespace },
    spec: {
      from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace }],
      to: [{ group: '', kind: 'Service', name: backend.name }],
    },
  };
}

export interface HttpRoutes {
  /** Applies the HTTPRoute of a Function, or removes it; one of others stays as it is, and nothing happens where the kind is not known. */
  reconcile(fn: OFunction, wanted: HttpRoute | undefined): Promise<void>;
}

/** Keeps HTTPRoutes that lead to the Service of the platform's gateway. */
export function httpRoutes(store: Store, backend: Key): HttpRoutes {
  let known: Promise<Set<string>> | undefined;

  /** Functions that may have one, so that the others cost no request. */
  async function list(): Promise<Set<string>> {
    const { items } = await store.list(httpRouteKind, { labels: { [managedLabel]: managed } });
    return new Set(items.map((route) => keyText(keyOf(route))));
  }
  async function apply(fn: OFunction, wanted: HttpRoute): Promise<void> {
    const key = keyOf(fn);
    const present = await store.get(httpRouteKind, key);
    if (present !== undefined && !isOf(present, fn)) return;
    const grant = planRoutesGrant(key.namespace, backend);
    if (key.namespace !== backend.namespace && !covers(await store.get(referenceGrantKind, keyOf(grant)), grant))
      await store.apply(referenceGrantKind, grant, { fieldManager });
    if (!covers(present, wanted)) await store.apply(httpRouteKind, wanted, { fieldManager });
  }
  async function remove(fn: OFunction): Promise<void> {
    const present = await store.get(httpRouteKind, keyOf(fn));
    if (present !== undefined && isOf(present, fn)) await store.delete(httpRouteKind, keyOf(fn), { uid: present.metadata.uid });
  }

  return {
    reconcile: async (fn, wanted) => {
      try {
        const having = await (known ??= list());
        const id = keyText(keyOf(fn));
        if (wanted !== undefined) {
          await apply(fn, wanted);
          having.add(id);
        } else if (having.has(id)) {
          await remove(fn);
          having.delete(id);
        }
      } catch (error) {
        known = undefined;
        // The Gateway's own condition says that the kind is not there.
        if (!(error instanceof StoreError && error.code === 'NotFound')) throw error;
      }
    },
  };
}

function isOf({ metadata }: HttpRoute, fn: OFunction): boolean {
  return metadata.ownerReferences?.some(({ uid }) => uid === fn.metadata.uid) === true;
}
