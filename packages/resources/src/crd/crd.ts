import type { z } from 'zod';
import { builderSchema } from '../builder/schema.ts';
import { functionSchema } from '../function/schema.ts';
import { gatewaySchema } from '../gateway/schema.ts';
import { builderKind, functionKind, gatewayKind, servingKind } from '../kinds.ts';
import type { KubeObject, ResourceKind } from '../object.ts';
import { servingSchema } from '../serving/schema.ts';
import { columnsOf } from '../table.ts';
import { at, immutable, withRefusals } from './rules.ts';
import { structuralOf, type Schema } from './structural.ts';

interface Definition {
  kind: ResourceKind;
  schema: z.ZodType;
  description: string;
  shortNames?: readonly string[];
  scale?: { specReplicasPath: string; statusReplicasPath: string };
  rules?: (schema: Schema) => Schema;
}

const definitions: readonly Definition[] = [
  {
    kind: functionKind,
    schema: functionSchema,
    description: 'A function: where its source is, how it is built and how it is served',
    shortNames: ['fn'],
    scale: { specReplicasPath: '.spec.serving.scaleOptions.minReplicas', statusReplicasPath: '.status.replicas' },
    rules: (schema) => at(schema, ['spec', 'serving', 'template'], withRefusals),
  },
  { kind: builderKind, schema: builderSchema, description: 'One build of a function', shortNames: ['fb'] },
  {
    kind: servingKind,
    schema: servingSchema,
    description: 'One revision of a function, served',
    rules: (schema) => at(at(schema, ['spec', 'template'], withRefusals), ['spec'], immutable),
  },
  { kind: gatewayKind, schema: gatewaySchema, description: 'Where the hosts and paths of functions are served' },
];

function schemaOf({ schema, description, rules }: Definition): Schema {
  const { properties = {}, ...rest } = structuralOf(schema);
  const whole: Schema = {
    ...rest,
    description,
    // The API server owns these three; of metadata it takes no schema.
    properties: { ...properties, apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: { type: 'object' } },
    required: ['spec'],
  };
  const keyed = at(whole, ['status', 'conditions'], (list) => ({
    ...list,
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['type'],
  }));
  return rules ? rules(keyed) : keyed;
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
      names: shortNames ? { ...names, shortNames } : names,
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
