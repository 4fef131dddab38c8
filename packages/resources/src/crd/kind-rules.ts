import { buildRules, sourceRules } from '../checks/build.ts';
import type { CrossFieldRule } from '../checks/cross-field.ts';
import { kedaRules, quantityRules, scaleRules, servingRules } from '../checks/serving.ts';
import { functionName, functionRules } from '../function/validate.ts';
import { gatewayRules } from '../gateway/validate.ts';
import { immutableMessage } from '../serving/validate.ts';
import { at, ruled, withEnvNames, withRefusals, type Rule } from './rules.ts';
import type { Schema } from './structural.ts';

function inCel<T>({ cel, message, reason, field }: CrossFieldRule<T>): Rule {
  return { rule: cel, message, reason, ...(field === undefined ? {} : { fieldPath: `.${field}` }) };
}

/** What is asked of how something is built, at that path. */
export function withBuildRules(schema: Schema, path: readonly string[]): Schema {
  const sourced = ruled(ruled(schema, path, ...buildRules.map(inCel)), [...path, 'srcRepo'], ...sourceRules.map(inCel));
  return at(sourced, [...path, 'env'], withEnvNames);
}

/** What is asked of how something is served, at that path. */
export function withServingRules(schema: Schema, path: readonly string[]): Schema {
  return ruled(withOlderServingRules(schema, path), [...path, 'scaleOptions', 'keda'], ...kedaRules.map(inCel));
}

/** The same of v1beta1, which may have several scalers. */
export function withOlderServingRules(schema: Schema, path: readonly string[]): Schema {
  const scaled = ruled(schema, [...path, 'scaleOptions'], ...scaleRules.map(inCel));
  const resources = [...path, 'template', 'containers', '*', 'resources'];
  const sized = ['limits', 'requests'].reduce((each, part) => ruled(each, [...resources, part], ...quantityRules.map(inCel)), scaled);
  const timed = ruled(sized, path, ...servingRules.map(inCel));
  return at(at(timed, [...path, 'params'], withEnvNames), [...path, 'template'], withRefusals);
}

export function withFunctionRules(schema: Schema): Schema {
  const { pattern, maxLength } = functionName;
  const name: Schema = { type: 'string', pattern, maxLength };
  const named = at(schema, ['metadata'], (metadata) => ({ ...metadata, properties: { name } }));
  return ruled(named, ['spec'], ...functionRules.map(inCel));
}

export function withGatewayRules(schema: Schema): Schema {
  return ruled(schema, ['spec'], ...gatewayRules.map(inCel));
}

/** A spec that may never change. */
export function withImmutableSpec(schema: Schema): Schema {
  return ruled(schema, ['spec'], { rule: 'self == oldSelf', message: immutableMessage, reason: 'FieldValueForbidden' });
}
