import { createHash } from 'node:crypto';
import { keyOf, type Key, type Serving, functionContainer } from '@openfunction/resources';
import { isSameQuantity, type InstanceTemplate, type Owner, type TemplateField } from '@openfunction/workload';
import { pullSecretsOf } from '../settings/image-access.ts';
import { imageFields, runnerFields, type TemplateFields } from './template-fields.ts';

/** The Workload that a Serving's instances come from. */
export interface PoolShape {
  key: Key;
  /** A Workload of its own dies with its Serving; a pool has no owner. */
  owner?: Owner;
  /** Fresh instances to keep when nothing happens. */
  size: number;
  resources: Resources;
  /** What the function's template says, for a Workload of its own. */
  pod?: NonNullable<InstanceTemplate['pod']>;
  pullSecrets?: string[];
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

/** A shape, and the paths of the template that it comes from or that it cannot have. */
export interface Shaped extends TemplateFields {
  shape: PoolShape;
}

/**
 * Where the instances of a Serving come from whose function a runner loads. What an instance of the pool cannot be given
 * means a Workload of its own, with the same runner and the same protocol.
 */
export function shapeOf({ serving, honours, resources, poolSize }: ShapeInput): Shaped {
  const asked = resourcesOf(serving, honours);
  const fields = runnerFields(serving, honours);
  const unlike = Object.entries(asked.resources).filter(
    ([field, amount]) => !isSameQuantity(amount, resources[field as keyof Resources] ?? ''),
  );
  const unpooled = [...unlike.map(([field]) => asked.paths[field as keyof Resources] ?? field), ...fields.unpooled];
  const notHonoured = [...asked.notHonoured, ...fields.notHonoured];
  if (unpooled.length > 0)
    return { shape: ownShape(serving, honoured({ ...resources, ...asked.resources }, honours)), notHonoured, unpooled };
  const key = { namespace: serving.metadata.namespace ?? '', name: poolName };
  return { shape: { key, size: poolSize, resources: honoured(resources, honours) }, notHonoured, unpooled };
}

/** The Workload of a Serving whose image serves by itself. */
export function imageShapeOf({ serving, honours, resources }: Omit<ShapeInput, 'poolSize'>): Shaped {
  const asked = resourcesOf(serving, honours);
  const shape = ownShape(serving, honoured({ ...resources, ...asked.resources }, honours));
  const isCpuHonoured = (path: string): boolean => honours.has('imageCpu') && path.endsWith('.cpu');
  const requests = honours.has('references') ? [] : asked.notHonoured.filter((path) => !isCpuHonoured(path));
  return { shape, notHonoured: [...requests, ...imageFields(serving, honours)], unpooled: [] };
}

function ownShape(serving: Serving, resources: Resources): PoolShape {
  const { namespace = '', name, uid = '' } = serving.metadata;
  const { template, ...spec } = serving.spec;
  return {
    key: { namespace, name: `openfunction-own-${createHash('sha256').update(name).digest('hex').slice(0, 16)}` },
    owner: { apiVersion: serving.apiVersion, kind: serving.kind, key: keyOf(serving), uid },
    size: 0,
    resources,
    pod: { template: template ?? {}, container: functionContainer(serving)?.index ?? 0 },
    pullSecrets: pullSecretsOf({ ...spec, template }),
  };
}

/** What every instance of a Workload is started with. */
export function instanceTemplate({ resources, pod, pullSecrets }: PoolShape, publicKeyText: string): InstanceTemplate {
  return {
    env: { OFN_TICKET_PUBLIC_KEY: publicKeyText },
    ...resources,
    ...(pod === undefined ? {} : { pod }),
    ...(pullSecrets === undefined ? {} : { pullSecrets }),
  };
}

const amounts = { cpu: 'cpu', memory: 'memory', 'ephemeral-storage': 'ephemeralStorage' } as const;

/** One amount per resource is honoured, as limit and as request: the limit, else the request. */
function resourcesOf(
  serving: Serving,
  honours: ReadonlySet<TemplateField>,
): { resources: Resources; paths: Resources; notHonoured: string[] } {
  const { container, index = 0 } = functionContainer(serving) ?? {};
  const path = `spec.template.containers[${index}].resources`;
  const { limits = {}, requests = {} } = container?.resources ?? {};
  const resources: Resources = {};
  const paths: Resources = {};
  const notHonoured: string[] = [];
  for (const name of new Set([...Object.keys(limits), ...Object.keys(requests)])) {
    const field = name in amounts ? amounts[name as keyof typeof amounts] : undefined;
    const amount = limits[name] ?? requests[name] ?? '';
    const without = field === undefined || !honours.has(field);
    if (!without) {
      resources[field] = String(amount);
      paths[field] = `${path}.${name in limits ? 'limits' : 'requests'}.${name}`;
    }
    if (name in limits && without) notHonoured.push(`${path}.limits.${name}`);
    if (name in requests && (without || !isSameQuantity(requests[name] ?? '', amount))) notHonoured.push(`${path}.requests.${name}`);
  }
  return { resources, paths, notHonoured };
}

function honoured(resources: Resources, honours: ReadonlySet<TemplateField>): Resources {
  return Object.fromEntries(Object.entries(resources).filter(([field]) => honours.has(field as keyof Resources)));
}
