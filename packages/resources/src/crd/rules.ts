import { containerFields, envNames, forbiddenMessage, podFields, portFields, volumeFields } from '../refused.ts';
import type { Schema } from './structural.ts';

const open: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const list: Schema = { type: 'array', maxItems: 64, items: open };
const booleans: readonly string[] = ['hostNetwork', 'hostPID', 'hostIPC', 'hostUsers', 'shareProcessNamespace', 'stdin', 'tty'];
const integers: readonly string[] = ['priority', 'hostPort'];
const texts: readonly string[] = ['nodeName', 'priorityClassName', 'schedulerName', 'hostname', 'subdomain', 'hostIP'];
const lists: readonly string[] = ['initContainers', 'ephemeralContainers', 'hostAliases', 'volumeDevices'];

/** CEL sees only fields that have a type. */
function typeOf(name: string): Schema {
  if (booleans.includes(name)) return { type: 'boolean' };
  if (integers.includes(name)) return { type: 'integer', format: 'int32' };
  if (texts.includes(name)) return { type: 'string' };
  return lists.includes(name) ? list : open;
}

function refuse(schema: Schema, names: readonly string[]): Schema {
  const declared = names.map((name) => [name, { ...typeOf(name), description: 'Refused' }]);
  const rules = names.map((name) => ({
    rule: `!has(self.${name})`,
    message: forbiddenMessage(name),
    reason: 'FieldValueForbidden',
    fieldPath: `.${name}`,
  }));
  return {
    ...schema,
    properties: { ...schema.properties, ...(Object.fromEntries(declared) as Record<string, Schema>) },
    'x-kubernetes-validations': rules,
  };
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

function bound(schema: Schema, path: readonly string[], maxItems: number, keys?: readonly string[]): Schema {
  const map = keys ? { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys } : {};
  return at(schema, path, (found) => ({ ...found, maxItems, ...map }));
}

function refuseNames(env: Schema): Schema {
  const names = envNames.map((name) => `'${name}'`).join(', ');
  const message = 'this name would change the runner and not only the function; choose another name';
  const named = at(env, ['name'], (name) => ({ ...name, maxLength: 253 }));
  return {
    ...named,
    'x-kubernetes-validations': [{ rule: `!(self.name in [${names}])`, message, reason: 'FieldValueForbidden', fieldPath: '.name' }],
  };
}

/** Adds to the schema of a pod template what `refusedInTemplate` refuses; bounds keep the cost of the rules countable. */
export function withRefusals(template: Schema): Schema {
  const container = ['containers', '*'];
  let schema = refuse(template, podFields);
  schema = at(schema, container, (found) => refuse(found, containerFields));
  schema = at(schema, [...container, 'ports', '*'], (found) => refuse(found, portFields));
  schema = at(schema, [...container, 'env', '*'], refuseNames);
  schema = at(schema, ['volumes', '*'], (found) => refuse(found, volumeFields));
  schema = bound(schema, [...container, 'ports'], 64);
  schema = bound(schema, [...container, 'env'], 256);
  schema = bound(schema, ['containers'], 16, ['name']);
  return bound(schema, ['volumes'], 64, ['name']);
}

/** A schema whose value may never change. */
export function immutable(schema: Schema): Schema {
  const message = 'the spec cannot change; create another object';
  return { ...schema, 'x-kubernetes-validations': [{ rule: 'self == oldSelf', message, reason: 'FieldValueForbidden' }] };
}
