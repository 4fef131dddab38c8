import { X509Certificate } from 'node:crypto';
import type { OFunction } from '@openfunction/resources/nouns';
import { definitionNames, platformNamespace, type ClusterState, type Deployment, type Seen } from './cluster-state.ts';
import type { Finding } from './examine.ts';

const parts = ['controller', 'builder', 'pod-pool', 'gateway'];
const dayMs = 86_400_000;
const soonDays = 30;
const staleMs = 60_000;
const installHint = 'Install the chart: helm install openfunction deploy/helm/openfunction -n openfunction --create-namespace …';

/** What a cluster's OpenFunction lacks, and what to do about it. */
export function examineCluster(state: ClusterState, given: { ofnVersion: string; now: number }): Finding[] {
  return [
    ...looked(state.version, 'api', (version) => [examineVersion(version)]),
    ...looked(state.definitions, 'crds', (found) => [examineDefinitions(found)]),
    ...looked(state.deployments, 'parts', (found) => examineParts(found, given.ofnVersion)),
    ...looked(state.secrets, 'tls', (found) => examineCertificates(found, given.now)),
    ...looked(state.leases, 'leader', (found) => examineLeases(found, given.now)),
    ...state.may.flatMap(({ what, allowed }) => looked(allowed, 'rights', (is) => [examineRight(what, is)])),
    ...looked(state.functions, 'namespaces', (found) => examineNamespaces(found, state.deployments)),
    ...looked(state.functions, 'registry', (found) => [examineRegistry(found)]),
    ...looked(state.pools, 'pool', examinePools),
  ];
}

function looked<T>(seen: Seen<T>, what: string, examine: (value: T) => Finding[]): Finding[] {
  if ('value' in seen) return examine(seen.value);
  return [
    {
      what,
      is: 'note',
      says: `cannot be looked at: ${seen.error}`,
      todo: 'Run it as somebody who may read this, an administrator of the cluster.',
    },
  ];
}

function examineVersion(version: string): Finding {
  const minor = Number(/^v1\.(\d+)/.exec(version)?.[1] ?? Number.NaN);
  if (minor >= 29) return { what: 'api', is: 'good', says: `Kubernetes ${version}` };
  return { what: 'api', is: 'note', says: `Kubernetes ${version} is older than what is tried (1.29)`, todo: 'Upgrade the cluster.' };
}

function examineDefinitions(
  found: readonly { metadata: { name: string }; status?: { conditions?: { type: string; status: string }[] } }[],
): Finding {
  const missing = definitionNames.filter((name) => !found.some(({ metadata }) => metadata.name === name));
  if (missing.length > 0) return { what: 'crds', is: 'bad', says: `missing: ${missing.join(', ')}`, todo: installHint };
  const broken = found.filter(({ status }) => !status?.conditions?.some(({ type, status: is }) => type === 'Established' && is === 'True'));
  if (broken.length > 0)
    return {
      what: 'crds',
      is: 'bad',
      says: `not established: ${broken.map(({ metadata }) => metadata.name).join(', ')}`,
      todo: `See why: kubectl describe crd ${broken[0]?.metadata.name}`,
    };
  return { what: 'crds', is: 'good', says: `${found.length} are established` };
}

function examineParts(found: readonly Deployment[], ofnVersion: string): Finding[] {
  const missing = partsOf(found).filter((part) => !found.some(({ metadata }) => metadata.name === part));
  if (parts.every((part) => missing.includes(part)))
    return [{ what: 'parts', is: 'bad', says: 'OpenFunction is not installed there', todo: installHint }];
  const lost = missing.map((part): Finding => ({
    what: part,
    is: 'bad',
    says: 'is not there',
    todo: `helm upgrade openfunction … brings it back`,
  }));
  return [...lost, ...found.map((one) => examinePart(one, ofnVersion))];
}

/** Messages are a matter of choice, and the controller knows of it. */
function partsOf(found: readonly Deployment[]): string[] {
  return [...parts, ...(toldTo(found, 'controller', 'OFN_BUS_ADDRESS') === undefined ? [] : ['event-bus'])];
}

function toldTo(found: readonly Deployment[], part: string, variable: string): string | undefined {
  const { spec } = found.find(({ metadata }) => metadata.name === part) ?? {};
  const env = spec?.template?.spec?.containers?.flatMap((container) => container.env ?? []);
  return env?.find(({ name }) => name === variable)?.value;
}

function examinePart({ metadata, spec, status }: Deployment, ofnVersion: string): Finding {
  const { name: what, labels } = metadata;
  const [ready, wanted] = [status?.readyReplicas ?? 0, spec?.replicas ?? 1];
  const version = labels?.['app.kubernetes.io/version'] ?? 'unknown';
  const says = `${ready} of ${wanted} ready, version ${version}`;
  if (ready === 0)
    return { what, is: 'bad', says, todo: `See why: kubectl -n ${platformNamespace} describe pods -l app.kubernetes.io/component=${what}` };
  if (ready < wanted)
    return {
      what,
      is: 'note',
      says,
      todo: `If it stays so: kubectl -n ${platformNamespace} get pods -l app.kubernetes.io/component=${what}`,
    };
  if (version !== ofnVersion)
    return {
      what,
      is: 'note',
      says: `${says}; this ofn is ${ofnVersion}`,
      todo: 'Bring both to one version: helm upgrade, or install the other ofn.',
    };
  return { what, is: 'good', says };
}

type CertificateSecret = { metadata: { name: string }; data?: Record<string, string> };

/** Each certificate as the parts see it. */
function presentCertificates(secrets: readonly CertificateSecret[]): CertificateSecret[] {
  const renewedOf = (name: string): CertificateSecret['data'] =>
    secrets.find(({ metadata }) => metadata.name === `${name}-renewed`)?.data ?? {};
  return secrets
    .filter(({ metadata }) => !metadata.name.endsWith('-renewed'))
    .map(({ metadata, data }) => ({ metadata, data: { ...data, ...renewedOf(metadata.name) } }));
}

function examineCertificates(secrets: readonly CertificateSecret[], now: number): Finding[] {
  return presentCertificates(secrets).map(({ metadata, data }): Finding => {
    const what = 'tls';
    const renew = `The controller renews it; its log says why it did not: kubectl -n ${platformNamespace} logs deployment/controller. To have a new one made: docs/kubernetes.md.`;
    const endsAt = endOf(data?.['tls.crt']);
    if (endsAt === undefined) return { what, is: 'bad', says: `the Secret ${metadata.name} holds no certificate`, todo: renew };
    const days = Math.floor((endsAt - now) / dayMs);
    if (days < 0) return { what, is: 'bad', says: `the certificate in ${metadata.name} ended ${-days} days ago`, todo: renew };
    if (days < soonDays) return { what, is: 'note', says: `the certificate in ${metadata.name} ends in ${days} days`, todo: renew };
    return { what, is: 'good', says: `${metadata.name} is good for ${days} days` };
  });
}

function endOf(base64: string | undefined): number | undefined {
  try {
    return new X509Certificate(Buffer.from(base64 ?? '', 'base64')).validToDate.getTime();
  } catch {
    return undefined;
  }
}

/** Parts of which one replica decides; its Lease has the part's name. */
const leading = new Set(['controller', 'builder', 'pod-pool', 'event-bus']);

function examineLeases(
  leases: readonly { metadata: { name: string }; spec?: { holderIdentity?: string; renewTime?: string } }[],
  now: number,
): Finding[] {
  return leases
    .filter(({ metadata }) => leading.has(metadata.name))
    .map(({ metadata, spec }): Finding => {
      const agoMs = now - Date.parse(spec?.renewTime ?? '');
      const holder = spec?.holderIdentity || 'nobody';
      if (agoMs < staleMs) return { what: 'leader', is: 'good', says: `${metadata.name}: ${holder}` };
      const ago = Number.isNaN(agoMs) ? 'was never renewed' : `was last renewed ${Math.round(agoMs / 1000)} s ago`;
      return {
        what: 'leader',
        is: 'bad',
        says: `${metadata.name}, held by ${holder}, ${ago}, so nothing is decided`,
        todo: `Look at its log: kubectl -n ${platformNamespace} logs deployment/${metadata.name}`,
      };
    });
}

function examineRight(what: string, isAllowed: boolean): Finding {
  if (isAllowed) return { what: 'rights', is: 'good', says: `you may ${what}` };
  return { what: 'rights', is: 'note', says: `you may not ${what}`, todo: 'Ask who administers the cluster, if you need it.' };
}

function examineNamespaces(functions: readonly OFunction[], deployments: ClusterState['deployments']): Finding[] {
  const what = 'namespaces';
  const listed = 'value' in deployments ? toldTo(deployments.value, 'pod-pool', 'OFN_FUNCTION_NAMESPACES') : undefined;
  if (listed === undefined) return [];
  const enabled = listed.split(',').filter((name) => name !== '');
  const elsewhere = [...new Set(functions.map(({ metadata }) => metadata.namespace ?? ''))].filter((name) => !enabled.includes(name));
  const says = enabled.length === 0 ? 'functions may run in none' : `functions may run in ${enabled.join(', ')}`;
  const enable = (more: readonly string[]): string =>
    `Enable it: helm upgrade openfunction … --reuse-values --set 'functionNamespaces={${[...enabled, ...more].join(',')}}'`;
  if (elsewhere.length > 0)
    return [{ what, is: 'bad', says: `${says}; there are Functions in ${elsewhere.join(', ')}`, todo: enable(elsewhere) }];
  return enabled.length === 0 ? [{ what, is: 'bad', says, todo: enable(['default']) }] : [{ what, is: 'good', says }];
}

const registryReasons = new Set(['RegistryUnavailable', 'RegistryDenied', 'ImagePullFailed']);

/** From here nobody knows whether the cluster reaches its registry; builds and versions do. */
function examineRegistry(functions: readonly OFunction[]): Finding {
  const what = 'registry';
  const troubled = functions.flatMap(({ metadata, status }) => {
    const reason = [status?.build?.reason, status?.serving?.reason].find((one) => one !== undefined && registryReasons.has(one));
    return reason === undefined ? [] : [{ name: `${metadata.namespace}/${metadata.name}`, reason }];
  });
  const [first] = troubled;
  if (first === undefined) return { what, is: 'good', says: `none of ${functions.length} functions has trouble with its registry` };
  return {
    what,
    is: 'bad',
    says: `${troubled.length} of ${functions.length} functions have trouble with their registry, such as ${first.name} (${first.reason})`,
    todo: `"ofn describe ${first.name.split('/')[1]} -n ${first.name.split('/')[0]}" says what, and what to do.`,
  };
}

function examinePools(pools: readonly Deployment[]): Finding[] {
  return pools.map(({ metadata, spec, status }): Finding => {
    const [ready, wanted] = [status?.readyReplicas ?? 0, spec?.replicas ?? 0];
    const says = `${metadata.namespace}/${metadata.name}: ${ready} of ${wanted} warm instances ready`;
    if (wanted === 0 || ready > 0) return { what: 'pool', is: 'good', says };
    return {
      what: 'pool',
      is: 'bad',
      says,
      todo: `See why: kubectl -n ${metadata.namespace} describe pods -l app.kubernetes.io/managed-by=openfunction`,
    };
  });
}
