import type { z } from 'zod';
import { builderSchema } from '../builder/schema.ts';
import { functionSchema } from '../function/schema.ts';
import { gatewaySchema } from '../gateway/schema.ts';
import { builderKind, functionKind, gatewayKind, servingKind } from '../kinds.ts';
import type { KubeObject, ResourceKind } from '../object.ts';
import { servingSchema } from '../serving/schema.ts';
import { columnsOf } from '../table.ts';
import { withBuildRules, withFunctionRules, withGatewayRules, withImmutableSpec, withServingRules } from './kind-rules.ts';
import { at } from './rules.ts';
import { structuralOf, type Schema } from './structural.ts';

interface Definition {
  kind: ResourceKind;
  schema: z.ZodType;
  description: string;
  shortNames: readonly string[];
  scale?: { specReplicasPath: string; statusReplicasPath: string; labelSelectorPath: string };
  rules: (schema: Schema) => Schema;
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
  },
  {
    kind: builderKind,
    schema: builderSchema,
    description: 'One build of a function',
    shortNames: ['fb'],
    rules: (schema) => withBuildRules(schema, ['spec']),
  },
  {
    kind: servingKind,
    schema: servingSchema,
    description: 'One revision of a function, served',
    shortNames: ['fs'],
    scale: scaled('.spec'),
    rules: (schema) => withImmutableSpec(withServingRules(schema, ['spec'])),
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

function schemaOf({ schema, description, rules }: Definition): Schema {
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
      ],
    },
  };
}

/** The CustomResourceDefinitions of OpenFunction, by the name of the file that holds them. */
export function customResourceDefinitions(): ReadonlyMap<string, KubeObject> {
  return new Map(definitions.map((item) => [`${item.kind.group}_${item.kind.plural}.yaml`, definitionOf(item)]));
}
