import type { z } from 'zod';
import { builderSchema } from '../builder/schema.ts';
import { olderBuilderSchema } from '../builder/v1beta1.ts';
import { functionSchema } from '../function/schema.ts';
import { olderFunctionSchema } from '../function/v1beta1.ts';
import { gatewaySchema } from '../gateway/schema.ts';
import { builderKind, functionKind, gatewayKind, olderBuilderKind, olderFunctionKind, olderServingKind, servingKind } from '../kinds.ts';
import type { KubeObject, ResourceKind } from '../object.ts';
import { servingSchema } from '../serving/schema.ts';
import { olderServingSchema } from '../serving/v1beta1.ts';
import { columnsOf } from '../table.ts';
import {
  withBuildRules,
  withFunctionRules,
  withGatewayRules,
  withImmutableSpec,
  withOlderServingRules,
  withServingRules,
} from './kind-rules.ts';
import { at } from './rules.ts';
import { structuralOf, type Schema } from './structural.ts';

interface Definition {
  kind: ResourceKind;
  schema: z.ZodType;
  description: string;
  shortNames: readonly string[];
  scale?: { specReplicasPath: string; statusReplicasPath: string; labelSelectorPath: string };
  rules: (schema: Schema) => Schema;
  /** The version before, which is converted. */
  older?: { version: string; schema: z.ZodType; rules: (schema: Schema) => Schema };
}

const scaled = (spec: string): Definition['scale'] => ({
  specReplicasPath: `${spec}.scaleOptions.minReplicas`,
  statusReplicasPath: '.status.replicas',
  labelSelectorPath: '.status.selector',
});

const definitions: readonly Definition[] = [
  {
    kind: functionKind,
    schema: functionSchema,
    description: 'A function: where its source is, how it is built and how it is served',
    shortNames: ['fn'],
    scale: scaled('.spec.serving'),
    rules: (schema) => withServingRules(withBuildRules(withFunctionRules(schema), ['spec', 'build']), ['spec', 'serving']),
    older: {
      version: olderFunctionKind.version,
      schema: olderFunctionSchema,
      rules: (schema) => withOlderServingRules(withBuildRules(withFunctionRules(schema), ['spec', 'build']), ['spec', 'serving']),
    },
  },
  {
    kind: builderKind,
    schema: builderSchema,
    description: 'One build of a function',
    shortNames: ['fb'],
    rules: (schema) => withBuildRules(schema, ['spec']),
    older: { version: olderBuilderKind.version, schema: olderBuilderSchema, rules: (schema) => withBuildRules(schema, ['spec']) },
  },
  {
    kind: servingKind,
    schema: servingSchema,
    description: 'One revision of a function, served',
    shortNames: ['fs'],
    scale: scaled('.spec'),
    rules: (schema) => withImmutableSpec(withServingRules(schema, ['spec'])),
    older: {
      version: olderServingKind.version,
      schema: olderServingSchema,
      rules: (schema) => withImmutableSpec(withOlderServingRules(schema, ['spec'])),
    },
  },
  {
    kind: gatewayKind,
    schema: gatewaySchema,
    description: 'Where the hosts and paths of functions are served',
    shortNames: ['ofgw'],
    rules: withGatewayRules,
  },
];

const typeMeta: Record<string, Schema> = {
  apiVersion: { type: 'string', description: 'Version of the schema of this object' },
  kind: { type: 'string', description: 'Kind of this object' },
  // Of metadata it takes a schema of the name only, and no description.
  metadata: { type: 'object' },
};

function schemaOf({ schema, description, rules }: Pick<Definition, 'schema' | 'description' | 'rules'>): Schema {
  const { properties = {}, ...rest } = structuralOf(schema);
  const whole: Schema = {
    ...rest,
    description,
    properties: { ...properties, ...typeMeta },
    required: ['spec'],
  };
  const keyed = at(whole, ['status', 'conditions'], (list) => ({
    ...list,
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['type'],
  }));
  return rules(keyed);
}

/** Not served until something converts it, which the chart brings: an API server alone would only change its label. */
function olderVersionOf({ kind, description, older }: Definition): object[] {
  if (older === undefined) return [];
  return [
    {
      name: older.version,
      served: false,
      storage: false,
      deprecated: true,
      deprecationWarning: `${kind.group}/${older.version} ${kind.kind} is converted; write ${kind.group}/${kind.version}`,
      additionalPrinterColumns: columnsOf(kind),
      subresources: { status: {} },
      schema: { openAPIV3Schema: schemaOf({ ...older, description }) },
    },
  ];
}

function definitionOf(definition: Definition): KubeObject {
  const { kind, plural, group, version, namespaced } = definition.kind;
  const { shortNames, scale } = definition;
  const names = { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase(), categories: ['all', 'openfunction'] };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: { ...names, shortNames },
      scope: namespaced ? 'Namespaced' : 'Cluster',
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          additionalPrinterColumns: columnsOf(definition.kind),
          subresources: { status: {}, ...(scale && { scale }) },
          schema: { openAPIV3Schema: schemaOf(definition) },
        },
        ...olderVersionOf(definition),
      ],
    },
  };
}

/** The CustomResourceDefinitions of OpenFunction, by the name of the file that holds them. */
export function customResourceDefinitions(): ReadonlyMap<string, KubeObject> {
  return new Map(definitions.map((item) => [`${item.kind.group}_${item.kind.plural}.yaml`, definitionOf(item)]));
}
