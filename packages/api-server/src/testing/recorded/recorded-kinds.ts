import { customResourceDefinitions, functionKind, type KubeObject, validateObject } from '@openfunction/resources';
import type { Admission } from '@openfunction/store';
import type { ApiKind, JsonSchema } from '../../api-kind.ts';
import { validateCoreObject } from '../../core-objects.ts';

const group = 'recorded.openfunction.io';
const text: JsonSchema = { type: 'string' };
const whole: JsonSchema = { type: 'integer' };
const listOf = (items: JsonSchema, ...keys: string[]): JsonSchema => ({
  type: 'array',
  ...(keys.length === 0 ? {} : { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys }),
  items,
});
const fields = (properties: Record<string, JsonSchema>, ...required: string[]): JsonSchema => ({
  type: 'object',
  properties,
  ...(required.length === 0 ? {} : { required }),
});
const texts: JsonSchema = { type: 'object', additionalProperties: text };

const widgetSchema: JsonSchema = fields({
  spec: fields({
    size: whole,
    replicas: whole,
    colour: text,
    note: text,
    nested: fields({ deep: fields({ x: whole, y: whole }) }),
    env: listOf(fields({ name: text, value: text, when: text }, 'name'), 'name'),
    ports: listOf(fields({ port: whole, protocol: text, name: text }, 'port', 'protocol'), 'port', 'protocol'),
    tags: { type: 'array', 'x-kubernetes-list-type': 'set', items: text },
    args: listOf(text),
    selector: { ...texts, 'x-kubernetes-map-type': 'atomic' },
    limits: texts,
    any: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  }),
  status: fields({
    phase: text,
    replicas: whole,
    selector: text,
    conditions: listOf(fields({ type: text, status: text }, 'type'), 'type'),
  }),
});

const widgetKind: ApiKind = {
  group,
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  namespaced: true,
  hasStatus: true,
  shortNames: ['wd'],
  columns: [
    { name: 'Colour', type: 'string', jsonPath: '.spec.colour' },
    { name: 'Size', type: 'integer', jsonPath: '.spec.size', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  selectableFields: ['.spec.colour'],
  scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas', labelSelectorPath: '.status.selector' },
  schema: widgetSchema,
};

/** Our Function, under a group that no chart installs. */
function ownFunction(): { kind: ApiKind; version: Record<string, unknown> } {
  const definition = customResourceDefinitions().get('core.openfunction.io_functions.yaml');
  const { versions = [] } = (definition?.spec ?? {}) as { versions?: Record<string, unknown>[] };
  const version = versions.find(({ name }) => name === functionKind.version) ?? {};
  const { openAPIV3Schema } = version['schema'] as { openAPIV3Schema: JsonSchema };
  return { kind: { ...functionKind, group, schema: openAPIV3Schema }, version };
}

export const recordedKinds: readonly ApiKind[] = [widgetKind, ownFunction().kind];

function definitionOf(kind: ApiKind, version: object): KubeObject {
  const { plural, shortNames } = kind;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: { kind: kind.kind, plural, singular: kind.kind.toLowerCase(), ...(shortNames ? { shortNames } : {}) },
      scope: 'Namespaced',
      versions: [{ ...version, name: kind.version, served: true, storage: true }],
    },
  };
}

/** What a cluster has to know before it can be asked. */
export function recordedDefinitions(): KubeObject[] {
  const { columns, scale, schema, selectableFields } = widgetKind;
  const { kind, version } = ownFunction();
  return [
    definitionOf(widgetKind, {
      additionalPrinterColumns: columns,
      subresources: { status: {}, scale },
      selectableFields: selectableFields?.map((jsonPath) => ({ jsonPath })),
      schema: { openAPIV3Schema: schema },
    }),
    definitionOf(kind, { ...version, storage: true }),
  ];
}

/** What the embedded platform refuses, for the same kinds. */
export const recordedAdmission: Admission = {
  validate: (kind, object, old) => {
    if (kind.group !== group || kind.kind !== 'Function') return validateCoreObject(kind, object, old);
    const own = (given: KubeObject): KubeObject => ({ ...given, apiVersion: `${functionKind.group}/${functionKind.version}` });
    return validateObject(functionKind, own(object), old && own(old));
  },
};
