import { createHash } from 'node:crypto';
import { keyOf, type Key, type Serving } from '@openfunction/resources';
import { isSameQuantity, type InstanceTemplate, type Owner, type TemplateField } from '@openfunction/workload';
import { functionContainer, type FunctionContainer } from '../settings/function-container.ts';

/** The Workload that a Serving's instances come from. */
export interface PoolShape {
  key: Key;
  /** A Workload of its own dies with its Serving; a pool has no owner. */
  owner?: Owner;
  /** Fresh instances to keep when nothing happens. */
  size: number;
  resources: Resources;
}

export interface Resources {
  cpu?: string;
  memory?: string;
  ephemeralStorage?: string;
}

export interface ShapeInput {
  serving: Serving;
  /** What the ground can do. */
  honours: ReadonlySet<TemplateField>;
  /** What an instance of the generic pool has. */
  resources: Resources;
  poolSize: number;
}

export const poolName = 'openfunction-pool-node';

/**
 * Where the instances of a Serving come from, and the paths of its template that have no effect there.
 * Resources of its own mean a Workload of its own, with the same runner and the same protocol.
 */
export function shapeOf({ serving, honours, resources, poolSize }: ShapeInput): { shape: PoolShape; notHonoured: string[] } {
  const { namespace = '', name, uid = '' } = serving.metadata;
  const found = functionContainer(serving);
  const path = `spec.template.containers[${found?.index ?? 0}]`;
  const asked = resourcesOf(found?.container, `${path}.resources`, honours);
  const own = Object.entries(asked.resources).some(([field, amount]) => !isSameQuantity(amount, resources[field as keyof Resources] ?? ''));
  const notHonoured = [
    ...asked.notHonoured,
    ...containerFields(found?.container, path),
    ...templateFields(serving.spec.template, found?.index ?? 0),
  ];
  if (!own) return { shape: { key: { namespace, name: poolName }, size: poolSize, resources: honoured(resources, honours) }, notHonoured };
  const owner: Owner = { apiVersion: serving.apiVersion, kind: serving.kind, key: keyOf(serving), uid };
  const key = { namespace, name: `openfunction-own-${createHash('sha256').update(name).digest('hex').slice(0, 16)}` };
  return { shape: { key, owner, size: 0, resources: honoured({ ...resources, ...asked.resources }, honours) }, notHonoured };
}

/** What every instance of a Workload is started with. */
export function instanceTemplate({ resources }: PoolShape, publicKeyText: string): InstanceTemplate {
  return { env: { OFN_TICKET_PUBLIC_KEY: publicKeyText }, ...resources };
}

const amounts = { cpu: 'cpu', memory: 'memory', 'ephemeral-storage': 'ephemeralStorage' } as const;

/** One amount per resource is honoured, as limit and as request: the limit, else the request. */
function resourcesOf(
  container: FunctionContainer | undefined,
  path: string,
  honours: ReadonlySet<TemplateField>,
): { resources: Resources; notHonoured: string[] } {
  const { limits = {}, requests = {} } = container?.resources ?? {};
  const resources: Resources = {};
  const notHonoured: string[] = [];
  for (const name of new Set([...Object.keys(limits), ...Object.keys(requests)])) {
    const field = name in amounts ? amounts[name as keyof typeof amounts] : undefined;
    const amount = limits[name] ?? requests[name] ?? '';
    if (field !== undefined && honours.has(field)) resources[field] = String(amount);
    const without = field === undefined || !honours.has(field);
    if (name in limits && without) notHonoured.push(`${path}.limits.${name}`);
    if (name in requests && (without || !isSameQuantity(requests[name] ?? '', amount))) notHonoured.push(`${path}.requests.${name}`);
  }
  return { resources, notHonoured };
}

function honoured(resources: Resources, honours: ReadonlySet<TemplateField>): Resources {
  return Object.fromEntries(Object.entries(resources).filter(([field]) => honours.has(field as keyof Resources)));
}

const containerIgnored = [
  'image',
  'command',
  'args',
  'workingDir',
  'ports',
  'imagePullPolicy',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
] as const;

function containerFields(container: FunctionContainer | undefined, path: string): string[] {
  if (container === undefined) return [];
  const ignored = containerIgnored.filter((field) => container[field] !== undefined).map((field) => `${path}.${field}`);
  // A file of a pooled instance lies below its work folder, never at an absolute path.
  const mounts = (container.volumeMounts ?? []).flatMap(({ mountPath }, at) =>
    mountPath.startsWith('/') ? [`${path}.volumeMounts[${at}].mountPath`] : [],
  );
  return [...ignored, ...mounts];
}

const templateIgnored = [
  'nodeSelector',
  'tolerations',
  'affinity',
  'serviceAccountName',
  'imagePullSecrets',
  'runtimeClassName',
  'topologySpreadConstraints',
] as const;

function templateFields(template: Serving['spec']['template'], functionIndex: number): string[] {
  if (template === undefined) return [];
  const ignored = templateIgnored.filter((field) => template[field] !== undefined).map((field) => `spec.template.${field}`);
  const others = (template.containers ?? []).flatMap((_, at) => (at === functionIndex ? [] : [`spec.template.containers[${at}]`]));
  const volumes = (template.volumes ?? []).flatMap((volume, at) =>
    volume.secret === undefined && volume.configMap === undefined ? [`spec.template.volumes[${at}]`] : [],
  );
  return [...ignored, ...others, ...volumes];
}
