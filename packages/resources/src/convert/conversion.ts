import { apiVersionOf, type KubeObject, type ResourceKind } from '../object.ts';
import { isMap, mapOf, type JsonMap } from './json.ts';
import { differences, readMemory, withDifferences, type Difference } from './memory.ts';

/** An older version of a kind that is stored in a newer one. Both ways are total: every JSON object converts. */
export interface Conversion {
  older: ResourceKind;
  stored: ResourceKind;
  toStored(object: KubeObject): KubeObject;
  fromStored(object: KubeObject): KubeObject;
}

export interface SpecConversion {
  older: ResourceKind;
  stored: ResourceKind;
  /** Paths, from the spec, of what both versions say alike. */
  alike: readonly Path[];
  toStored(spec: JsonMap, annotations: JsonMap): JsonMap;
  fromStored(spec: JsonMap): JsonMap;
}

/** On a stored object: what its older version said and the stored one cannot hold. On an object of the older version: the other way about. */
export const olderMemory = 'openfunction.io/v1beta1';
export const storedMemory = 'openfunction.io/v1beta2';

type Path = readonly (string | number)[];

function startsWith(path: Path, start: Path): boolean {
  return start.every((step, index) => path[index] === step);
}

/** Of what both versions say alike nothing is ever remembered: an annotation that has it was not written by us. */
function mayTouch({ path }: Difference, alike: readonly Path[]): boolean {
  return !alike.some((each) => startsWith(path, each) || startsWith(each, path));
}

function relabelled(object: KubeObject, kind: ResourceKind, spec: unknown, memory: { key: string; all: Difference[] }): KubeObject {
  const { [olderMemory]: _older, [storedMemory]: _stored, ...rest } = mapOf(object.metadata.annotations) as Record<string, string>;
  const kept = memory.all.length > 0 ? { ...rest, [memory.key]: JSON.stringify(memory.all) } : rest;
  const { annotations, ...metadata } = object.metadata;
  const isNamed = Object.keys(kept).length > 0 || (annotations !== undefined && Object.keys(annotations).length === 0);
  return {
    ...object,
    apiVersion: apiVersionOf(kind),
    metadata: { ...metadata, ...(isNamed ? { annotations: kept } : {}) },
    ...(spec === undefined ? {} : { spec }),
  };
}

/** A conversion that loses nothing: what one version cannot hold is kept in an annotation, and comes back where nobody changed it since. */
export function conversionOf({ older, stored, alike, toStored, fromStored }: SpecConversion): Conversion {
  const up = (spec: unknown, annotations: JsonMap): unknown => (isMap(spec) ? toStored(spec, annotations) : spec);
  const down = (spec: unknown): unknown => (isMap(spec) ? fromStored(spec) : spec);
  const memoryOf = (text: unknown): Difference[] => readMemory(text).filter((each) => mayTouch(each, alike));
  return {
    older,
    stored,
    toStored: (object) => {
      const annotations = mapOf(object.metadata.annotations);
      const spec = withDifferences(up(object.spec, annotations), memoryOf(annotations[storedMemory]));
      return relabelled(object, stored, spec, { key: olderMemory, all: differences(down(spec), object.spec) });
    },
    fromStored: (object) => {
      const annotations = mapOf(object.metadata.annotations);
      const spec = withDifferences(down(object.spec), memoryOf(annotations[olderMemory]));
      return relabelled(object, older, spec, { key: storedMemory, all: differences(up(spec, annotations), object.spec) });
    },
  };
}
