import { expect, it } from 'vitest';
import { builderSchema } from './builder/schema.ts';
import { functionSchema } from './function/schema.ts';
import { fieldsOf, jsonSchemaOf } from './reference/fields.ts';
import { servingSchema } from './serving/schema.ts';

/**
 * A reference that crosses namespaces is how others read what is not theirs. A Gateway is meant to be shared; a mirror needs a
 * ReferenceGrant in the other namespace. Whoever adds a field here says which of the two it is, in controller/route/references.ts.
 */
const granted = ['triggers.http.route.gatewayRef.namespace', 'filters[].requestMirror.backendRef.namespace'];

it.each([
  ['Function', functionSchema],
  ['Builder', builderSchema],
  ['Serving', servingSchema],
])('a %s names other namespaces only where a grant is asked for', (_kind, schema) => {
  const spec = jsonSchemaOf(schema).properties?.['spec'] ?? {};
  const crossing = fieldsOf(spec, 'spec').filter(({ path }) => /namespace/i.test(path.split('.').at(-1) ?? ''));
  expect(crossing.filter(({ path }) => !granted.some((each) => path.endsWith(each))).map(({ path }) => path)).toEqual([]);
});
