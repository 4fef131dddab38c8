import type { FieldCause } from '../field-cause.ts';
import type { ServingTemplateSpec } from '../function/schema.ts';
import { defaultMaxReplicas } from '../serving/defaults.ts';
import { broken, type CrossFieldRule } from './cross-field.ts';
import { checkEnvMap } from './env-map.ts';
import { checkRoute } from './route.ts';

type ScaleOptions = NonNullable<ServingTemplateSpec['scaleOptions']>;
type Keda = NonNullable<ScaleOptions['keda']>;

export const scaleRules: readonly CrossFieldRule<ScaleOptions>[] = [
  {
    cel: `(has(self.minReplicas) ? self.minReplicas : 0) <= (has(self.maxReplicas) ? self.maxReplicas : ${defaultMaxReplicas})`,
    holds: ({ minReplicas = 0, maxReplicas = defaultMaxReplicas }) => minReplicas <= maxReplicas,
    message: `is above maxReplicas, which is ${defaultMaxReplicas} when it is not set; lower it, or raise maxReplicas`,
    reason: 'FieldValueInvalid',
    field: 'minReplicas',
  },
];

const scalers = ['httpScaledObject', 'scaledObject', 'scaledJob'] as const;

export const kedaRules: readonly CrossFieldRule<Keda>[] = [
  {
    cel: `[${scalers.map((name) => `has(self.${name})`).join(', ')}].filter(each, each).size() <= 1`,
    holds: (keda) => scalers.filter((name) => keda[name] !== undefined).length <= 1,
    message: 'set only one of httpScaledObject, scaledObject and scaledJob',
    reason: 'FieldValueInvalid',
  },
];

function checkNames(list: readonly { name: string }[] | undefined, path: string): FieldCause[] {
  return (list ?? []).flatMap(({ name }, index, all) =>
    all.findIndex((other) => other.name === name) === index
      ? []
      : [{ field: `${path}[${index}]`, reason: 'FieldValueDuplicate' as const, message: 'has the name of an earlier one; choose another' }],
  );
}

/** What is wrong with how something is served, its pod template apart. */
export function checkServing(serving: ServingTemplateSpec, path: string): FieldCause[] {
  return [
    ...broken(scaleRules, serving.scaleOptions, `${path}.scaleOptions`),
    ...broken(kedaRules, serving.scaleOptions?.keda, `${path}.scaleOptions.keda`),
    ...checkEnvMap(serving.params, `${path}.params`),
    ...checkRoute(serving.triggers?.http?.route ?? {}, `${path}.triggers.http.route`),
    ...checkNames(serving.template?.containers, `${path}.template.containers`),
    ...checkNames(serving.template?.volumes, `${path}.template.volumes`),
  ];
}
