import { keyOf, type KubeObject } from '@openfunction/resources';
import { ApiError } from './api-error.ts';
import type { ApiKind } from './api-kind.ts';
import { readJsonPath } from './json-path.ts';
import { isJsonObject, type JsonObject } from './json.ts';

/** Where a kind keeps its numbers of replicas, as in a CRD. */
export interface ScalePaths {
  specReplicasPath: string;
  statusReplicasPath: string;
  labelSelectorPath?: string;
}

function numberAt(object: KubeObject, path: string): number {
  const value = readJsonPath(object, path);
  return typeof value === 'number' ? value : 0;
}

/** The autoscaling/v1 Scale of an object. */
export function scaleOf(object: KubeObject, paths: ScalePaths): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const replicas = numberAt(object, paths.specReplicasPath);
  const selector = paths.labelSelectorPath === undefined ? undefined : readJsonPath(object, paths.labelSelectorPath);
  return {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: numberAt(object, paths.statusReplicasPath), ...(typeof selector === 'string' ? { selector } : {}) },
  };
}

/** The object with the replicas of a Scale. */
export function scaled(object: KubeObject, scale: unknown, { paths, kind }: { paths: ScalePaths; kind: ApiKind }): KubeObject {
  const spec = isJsonObject(scale) && isJsonObject(scale['spec']) ? scale['spec'] : {};
  const replicas = spec['replicas'] ?? 0;
  if (typeof replicas !== 'number' || !Number.isInteger(replicas) || replicas < 0 || replicas > 2_147_483_647) {
    throw new ApiError('Invalid', `Scale "${keyOf(object).name}" is invalid: spec.replicas: must be a whole number, at least 0`, {
      causes: [{ field: 'spec.replicas', reason: 'FieldValueInvalid', message: 'must be a whole number, at least 0' }],
      subject: { group: kind.group, kind: 'Scale', name: keyOf(object).name },
    });
  }
  return written(object, paths.specReplicasPath.split('.').slice(1), replicas) as KubeObject;
}

function written(value: unknown, [head, ...rest]: string[], leaf: number): unknown {
  if (head === undefined) return leaf;
  const map: JsonObject = isJsonObject(value) ? value : {};
  return { ...map, [head]: written(map[head], rest, leaf) };
}
