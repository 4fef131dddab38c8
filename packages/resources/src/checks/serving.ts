import type { FieldCause } from '../field-cause.ts';
import type { ServingTemplateSpec } from '../function/schema.ts';
import { quantityOf } from '../quantity.ts';
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

export const servingRules: readonly CrossFieldRule<ServingTemplateSpec>[] = [
  {
    cel: "!has(self.timeout) || self.timeout.matches('[1-9]')",
    holds: ({ timeout }) => timeout === undefined || /[1-9]/.test(timeout),
    message: 'gives a new version no time at all to become ready; write for example 60s, or leave it out for no limit',
    reason: 'FieldValueInvalid',
    field: 'timeout',
  },
];

type Quantities = Readonly<Record<string, number | string>>;
const leastBytes = 1024 * 1024;

function sizeRule(name: 'memory' | 'ephemeral-storage'): CrossFieldRule<Quantities> {
  const value = `self['${name}']`;
  // The API server bounds what a rule may cost, and takes a text of this kind for 3 MB: it is read twice and no more.
  const isEnough = `!isQuantity(${value}) || quantity(${value}).compareTo(quantity('1Mi')) >= 0`;
  return {
    cel: `!('${name}' in self) || (type(${value}) == int ? ${value} >= ${leastBytes} : (${isEnough}))`,
    holds: (quantities) => (quantityOf(quantities[name] ?? leastBytes) ?? leastBytes) >= leastBytes,
    message: `${name} is less than 1Mi, so its unit is probably missing; write for example 128Mi`,
    reason: 'FieldValueInvalid',
  };
}

/** Of limits and of requests. */
export const quantityRules: readonly CrossFieldRule<Quantities>[] = [sizeRule('memory'), sizeRule('ephemeral-storage')];

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

function checkResources({ template }: ServingTemplateSpec, path: string): FieldCause[] {
  return (template?.containers ?? []).flatMap(({ resources }, index) => {
    const at = `${path}.template.containers[${index}].resources`;
    return [...broken(quantityRules, resources?.limits, `${at}.limits`), ...broken(quantityRules, resources?.requests, `${at}.requests`)];
  });
}

/** What is wrong with how something is served, its pod template apart. */
export function checkServing(serving: ServingTemplateSpec, path: string): FieldCause[] {
  return [
    ...broken(servingRules, serving, path),
    ...checkResources(serving, path),
    ...broken(scaleRules, serving.scaleOptions, `${path}.scaleOptions`),
    ...broken(kedaRules, serving.scaleOptions?.keda, `${path}.scaleOptions.keda`),
    ...checkEnvMap(serving.params, `${path}.params`),
    ...checkRoute(serving.triggers?.http?.route ?? {}, `${path}.triggers.http.route`),
    ...checkNames(serving.template?.containers, `${path}.template.containers`),
    ...checkNames(serving.template?.volumes, `${path}.template.volumes`),
  ];
}
