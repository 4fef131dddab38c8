import { checkBuild } from '../checks/build.ts';
import { broken, type CrossFieldRule } from '../checks/cross-field.ts';
import { checkMetadata } from '../checks/metadata.ts';
import { parsed } from '../checks/schema.ts';
import { checkServing } from '../checks/serving.ts';
import { invalid, type FieldCause } from '../field-cause.ts';
import { refusedInTemplate } from '../template/refuse.ts';
import { functionSchema, type FunctionSpec } from './schema.ts';

export const functionRules: readonly CrossFieldRule<FunctionSpec>[] = [
  {
    cel: 'has(self.build) || has(self.serving)',
    holds: ({ build, serving }) => build !== undefined || serving !== undefined,
    message: 'set build, serving or both',
    reason: 'FieldValueRequired',
  },
];

/** A Function's name is also that of its Service. */
export const functionName = {
  pattern: '^[a-z](?:[-a-z0-9]*[a-z0-9])?$',
  maxLength: 63,
  message: 'must be at most 63 lower-case letters, digits and -, and begin with a letter',
};

/** Everything wrong with a Function as it was sent; none when it may be stored. */
export function validateFunction(object: unknown): FieldCause[] {
  const raw = object as { spec?: { serving?: { template?: unknown } } };
  const refused = refusedInTemplate(raw.spec?.serving?.template, 'spec.serving.template');
  const found = parsed(functionSchema, object);
  if ('causes' in found) return [...found.causes, ...refused];
  const { metadata, spec } = found.value;
  const isNamed = metadata.name.length <= functionName.maxLength && new RegExp(functionName.pattern).test(metadata.name);
  return [
    ...(isNamed ? [] : [invalid('metadata.name', functionName.message)]),
    ...checkMetadata(found.value),
    ...broken(functionRules, spec, 'spec'),
    ...(spec.build ? checkBuild(spec.build, 'spec.build') : []),
    ...(spec.serving ? checkServing(spec.serving, 'spec.serving') : []),
    ...refused,
  ];
}
