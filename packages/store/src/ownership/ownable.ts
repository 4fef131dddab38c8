import type { KubeObject } from '@openfunction/resources';
import { difference, type FieldSet } from './field-set.ts';
import type { MergeSchema } from './merge-schema.ts';

/** What the store alone sets, and what identifies an object: nobody's field. */
const unowned = ['name', 'namespace', 'uid', 'resourceVersion', 'generation', 'creationTimestamp', 'selfLink', 'managedFields'];

const text: MergeSchema = { type: 'string' };
const texts: MergeSchema = { type: 'object', additionalProperties: text };

const metadataSchema: MergeSchema = {
  type: 'object',
  properties: {
    generateName: text,
    labels: texts,
    annotations: texts,
    finalizers: { type: 'array', 'x-kubernetes-list-type': 'set', items: text },
    ownerReferences: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['uid'],
      items: { type: 'object', 'x-kubernetes-map-type': 'atomic' },
    },
  },
};

/** The fields of a set that somebody can own: metadata is there whoever writes. */
export function ownFields(set: FieldSet): FieldSet {
  return set.members.has('f:metadata') ? difference(set, { members: new Set(['f:metadata']), children: new Map() }) : set;
}

/** The schema of a whole object of a kind whose own fields have this one. */
export function objectSchema(schema: MergeSchema | undefined): MergeSchema {
  return { ...schema, type: 'object', properties: { ...schema?.properties, metadata: metadataSchema } };
}

export interface Part {
  /** Whether status is written apart. */
  hasStatus: boolean;
  subresource?: string;
}

/** The fields of an object that belong to whoever writes this part of it. */
export function ownable(object: KubeObject | undefined, { hasStatus, subresource }: Part): Record<string, unknown> {
  if (object === undefined) return {};
  const { apiVersion: _apiVersion, kind: _kind, metadata, status, ...rest } = object;
  if (subresource === 'status') return status === undefined ? {} : { status };
  const own = Object.fromEntries(Object.entries(metadata).filter(([name]) => !unowned.includes(name)));
  return { ...rest, ...(hasStatus || status === undefined ? {} : { status }), ...(Object.keys(own).length === 0 ? {} : { metadata: own }) };
}

/** The object with other ownable fields. */
export function withOwnable(object: KubeObject, fields: Record<string, unknown>, { hasStatus, subresource }: Part): KubeObject {
  const { apiVersion, kind, metadata, status } = object;
  if (subresource === 'status') {
    const { status: _old, ...rest } = object;
    return fields['status'] === undefined ? rest : { ...rest, status: fields['status'] };
  }
  const system = Object.fromEntries(Object.entries(metadata).filter(([name]) => unowned.includes(name)));
  const { metadata: own, ...rest } = fields;
  const next = { apiVersion, kind, metadata: { ...system, ...(own as object | undefined) }, ...rest };
  return (hasStatus && status !== undefined ? { ...next, status } : next) as KubeObject;
}
