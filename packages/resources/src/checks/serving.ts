import { invalid, type FieldCause } from '../field-cause.ts';
import type { ServingTemplateSpec } from '../function/schema.ts';
import { defaultMaxReplicas } from '../serving/defaults.ts';
import { broken, type CrossFieldRule } from './cross-field.ts';
import { checkEnvMap } from './env-map.ts';

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

/** A path that means the same to every part that reads it. */
function isPlainPath(path: string): boolean {
  const segments = path.split('/');
  return /^\/[A-Za-z0-9/._~!$&'()*+,;=:@-]*$/.test(path) && !path.includes('//') && !segments.some((each) => each === '.' || each === '..');
}

function checkPaths({ triggers }: ServingTemplateSpec, path: string): FieldCause[] {
  const rules = triggers?.http?.route?.rules ?? [];
  return rules.flatMap(({ matches = [] }, rule) =>
    matches.flatMap((match, position) => {
      const { type, value = '/' } = match.path ?? {};
      if (type === 'RegularExpression' || isPlainPath(value)) return [];
      const field = `${path}.triggers.http.route.rules[${rule}].matches[${position}].path.value`;
      return [invalid(field, 'is no plain path: no //, no . or .. segment, nothing percent-encoded, no ? and no #')];
    }),
  );
}

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
    ...checkPaths(serving, path),
    ...checkNames(serving.template?.containers, `${path}.template.containers`),
    ...checkNames(serving.template?.volumes, `${path}.template.volumes`),
  ];
}
