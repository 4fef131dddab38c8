import { ClientError, type Client } from '@openfunction/client';
import {
  functionKind,
  leaseKind,
  podKind,
  secretKind,
  type KubeObject,
  type Lease,
  type OFunction,
  type ResourceKind,
  type Secret,
} from '@openfunction/resources/nouns';

/** What was read of the cluster, or why it could not be. */
export type Seen<T> = { value: T } | { error: string };

export interface Deployment extends KubeObject {
  spec?: { replicas?: number; template?: { spec?: { containers?: { env?: { name: string; value?: string }[] }[] } } };
  status?: { readyReplicas?: number };
}
export interface Definition extends KubeObject {
  spec?: { versions?: { name: string; served?: boolean }[] };
  status?: { conditions?: { type: string; status: string }[] };
}
interface Review extends KubeObject {
  spec: { resourceAttributes: { namespace: string; group: string; resource: string; subresource?: string; verb: string } };
  status?: { allowed?: boolean };
}

/** All that the findings are made of; read once, and nothing is changed. */
export interface ClusterState {
  version: Seen<string>;
  definitions: Seen<Definition[]>;
  /** Of the platform. */
  deployments: Seen<Deployment[]>;
  secrets: Seen<Secret[]>;
  leases: Seen<Lease[]>;
  functions: Seen<OFunction[]>;
  /** The warm pools, in the namespaces of functions. */
  pools: Seen<Deployment[]>;
  /** Whether this user may do each of these. */
  may: { what: string; allowed: Seen<boolean> }[];
}

export const platformNamespace = 'openfunction';
export const definitionNames: readonly string[] = ['functions', 'builders', 'servings']
  .map((plural) => `${plural}.core.openfunction.io`)
  .concat('gateways.networking.openfunction.io');

const deploymentKind: ResourceKind<Deployment> = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
  hasStatus: true,
};
const definitionKind: ResourceKind<Definition> = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
  hasStatus: true,
};
const reviewKind: ResourceKind<Review> = {
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectAccessReview',
  plural: 'selfsubjectaccessreviews',
  namespaced: false,
  hasStatus: true,
};
const poolSelector = 'app.kubernetes.io/managed-by=openfunction';

export async function clusterState(client: Client, namespace: string, signal: AbortSignal): Promise<ClusterState> {
  const own = { namespace: platformNamespace, signal };
  const [version, definitions, deployments, secrets, leases, functions, pools, may] = await Promise.all([
    seen(async () => ((await client.read('/version', { signal })) as { gitVersion?: string }).gitVersion ?? 'unknown'),
    seen(async () =>
      present(await Promise.all(definitionNames.map((name) => client.get(definitionKind, { namespace: '', name }, { signal })))),
    ),
    seen(async () => (await client.list(deploymentKind, { ...own, labelSelector: 'app.kubernetes.io/name=openfunction' })).items),
    seen(async () => (await client.list(secretKind, own)).items.filter(isCertificate)),
    seen(async () => (await client.list(leaseKind, own)).items),
    seen(async () => (await client.list(functionKind, { signal })).items),
    seen(async () => (await client.list(deploymentKind, { labelSelector: poolSelector, signal })).items),
    Promise.all(
      asked(namespace).map(async ({ what, attributes }) => ({ what, allowed: await seen(() => mayDo(client, attributes, signal)) })),
    ),
  ]);
  return { version, definitions, deployments, secrets, leases, functions, pools, may };
}

/** Of a certificate there are two Secrets: what the chart made, and what the controller made since, which stands in front. */
function isCertificate({ type, metadata }: { type?: string; metadata: { name: string } }): boolean {
  return type === 'kubernetes.io/tls' || metadata.name.endsWith('-tls-renewed');
}

type Attributes = Review['spec']['resourceAttributes'];

/** What `ofn` itself does with the rights of its user. */
function asked(namespace: string): { what: string; attributes: Attributes }[] {
  const own = { namespace, group: functionKind.group, resource: functionKind.plural };
  const pods = { namespace: platformNamespace, group: podKind.group, resource: podKind.plural };
  return [
    { what: `apply Functions in "${namespace}"`, attributes: { ...own, verb: 'patch' } },
    { what: `delete Functions in "${namespace}"`, attributes: { ...own, verb: 'delete' } },
    { what: `read logs in "${namespace}"`, attributes: { ...pods, namespace, subresource: 'log', verb: 'get' } },
    { what: 'send sources and call functions by port-forward', attributes: { ...pods, subresource: 'portforward', verb: 'create' } },
  ];
}

async function mayDo(client: Client, resourceAttributes: Attributes, signal: AbortSignal): Promise<boolean> {
  const review: Review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: reviewKind.kind,
    metadata: { name: '' },
    spec: { resourceAttributes },
  };
  const answer = await client.create(reviewKind, review, { signal });
  return answer.status?.allowed === true;
}

async function seen<T>(read: () => Promise<T>): Promise<Seen<T>> {
  try {
    return { value: await read() };
  } catch (error) {
    if (error instanceof ClientError && error.code !== 'Unreachable') return { error: error.message };
    throw error;
  }
}

function present<T>(values: (T | undefined)[]): T[] {
  return values.filter((value) => value !== undefined);
}
