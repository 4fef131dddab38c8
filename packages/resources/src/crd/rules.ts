import { envNameRefusal, refusedEnvNames, refusedEnvPrefixes } from '../template/env-names.ts';
import type { FieldType } from '../template/kubernetes-fields.ts';
import { templateParts } from '../template/parts.ts';
import { refusalOf } from '../template/refusal.ts';
import type { Schema } from './structural.ts';

/** One CEL rule of a schema. */
export interface Rule {
  rule: string;
  message: string;
  reason: 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueRequired';
  /** From the schema that has the rule; without list indices. */
  fieldPath?: string;
}

const open: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

/** CEL sees only fields that have a type, and lists only with the type of their items. */
function declarationOf(type: FieldType): Schema {
  if (type === 'array') return { type, maxItems: 64, items: open };
  if (type === 'object') return open;
  return type === 'integer' ? { type, format: 'int64' } : { type };
}

function withRules(schema: Schema, rules: readonly Rule[]): Schema {
  const present = (schema['x-kubernetes-validations'] ?? []) as Rule[];
  return { ...schema, 'x-kubernetes-validations': [...present, ...rules] };
}

function refuse(schema: Schema, refused: readonly { name: string; type: FieldType }[]): Schema {
  const declared = refused.map(({ name, type }) => [name, { ...declarationOf(type), description: `Refused: ${refusalOf(name)}` }] as const);
  const rules = refused.map(({ name }) => ({
    rule: `!has(self.${name})`,
    message: refusalOf(name),
    reason: 'FieldValueForbidden' as const,
    fieldPath: `.${name}`,
  }));
  return withRules({ ...schema, properties: { ...schema.properties, ...Object.fromEntries(declared) } }, rules);
}

/** Changes the schema at a path of property names, `*` being the items of a list; every step must exist. */
export function at(schema: Schema, path: readonly string[], change: (found: Schema) => Schema): Schema {
  const [head, ...rest] = path;
  if (head === undefined) return change(schema);
  const next = head === '*' ? schema.items : schema.properties?.[head];
  if (!next) throw new Error(`the schema has no ${head}; correct the path of its rule`);
  const changed = at(next, rest, change);
  return head === '*' ? { ...schema, items: changed } : { ...schema, properties: { ...schema.properties, [head]: changed } };
}

/** CEL that is true of a name which a function's environment may have. */
function mayBeNamed(name: string): string {
  const listed = refusedEnvNames.map((each) => `'${each}'`).join(', ');
  return [`!(${name} in [${listed}])`, ...refusedEnvPrefixes.map((prefix) => `!${name}.startsWith('${prefix}')`)].join(' && ');
}

/** A map of variables: bounded, and without the names that are refused. */
export function withEnvNames(map: Schema): Schema {
  const rule = `self.all(name, ${mayBeNamed('name')})`;
  return withRules({ ...map, maxProperties: 256 }, [{ rule, message: envNameRefusal, reason: 'FieldValueForbidden' }]);
}

/** Adds to the schema of a pod template what `refusedInTemplate` refuses. */
export function withRefusals(template: Schema): Schema {
  const refusing = templateParts.reduce((schema, part) => at(schema, part.path, (found) => refuse(found, part.refused)), template);
  const name = { rule: mayBeNamed('self.name'), message: envNameRefusal, reason: 'FieldValueForbidden' as const, fieldPath: '.name' };
  return at(refusing, ['containers', '*', 'env', '*'], (env) => withRules(env, [name]));
}

/** Adds rules to the schema at a path. */
export function ruled(schema: Schema, path: readonly string[], ...rules: readonly Rule[]): Schema {
  return at(schema, path, (found) => withRules(found, rules));
}
