import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Schema } from '../crd/structural.ts';
import { apiVersionOf } from '../object.ts';
import { samples } from '../testing/samples.ts';
import { validateObject } from '../validate.ts';
import { documentedKinds } from './documented-kinds.ts';
import { editorSchema } from './editor-schema.ts';
import { fieldsOf, jsonSchemaOf } from './fields.ts';
import { referencePage } from './page.ts';

const schemas = new Map(documentedKinds.map((each) => [each.kind.kind, editorSchema(each)]));
const accepts = (schema: Schema, value: unknown): boolean => z.fromJSONSchema(schema as never).safeParse(value).success;

/** Every schema with an example or a default, and where it is. */
function offers(schema: Schema, path: string): { path: string; schema: Schema; values: unknown[] }[] {
  const values = [...((schema['examples'] ?? []) as unknown[]), ...('default' in schema ? [schema['default']] : [])];
  const own = values.length > 0 ? [{ path, schema, values }] : [];
  const below = Object.entries(schema.properties ?? {}).flatMap(([name, child]) => offers(child, `${path}.${name}`));
  const rest = typeof schema.additionalProperties === 'object' ? offers(schema.additionalProperties, `${path}.*`) : [];
  return [...own, ...below, ...(schema.items ? offers(schema.items, `${path}[]`) : []), ...rest];
}

describe.each(documentedKinds.map((each) => [each.kind.kind, each] as const))('the reference of a %s', (name, documented) => {
  const spec = jsonSchemaOf(documented.schema).properties?.['spec'] ?? {};
  const fields = fieldsOf(spec, 'spec');

  it('has every field of the spec, described and with its type', () => {
    const page = referencePage(documented);
    for (const { path, type, description } of fields) {
      expect(page).toContain(`\`${path}\``);
      expect([path, type === '' || type === 'undefined', path.includes('*') || path.endsWith('[]') || description !== '']).toEqual([
        path,
        false,
        true,
      ]);
    }
  });

  it('shows an example that may be written', () => {
    const { kind, example } = documented;
    const object = { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata: { name: 'orders', namespace: 'default' }, spec: example };
    expect(validateObject(kind, object)).toEqual([]);
    expect(accepts(schemas.get(name)!, object)).toBe(true);
  });

  it('offers only what the field takes', () => {
    const found = offers(schemas.get(name)?.properties?.['spec'] ?? {}, 'spec');
    expect(found.length).toBeGreaterThan(4);
    for (const { path, schema, values } of found)
      expect([path, values, values.every((each) => accepts(schema, each))]).toEqual([path, values, true]);
  });

  it('has an example for every plain field but text of any form', () => {
    const plain = fields.filter(({ type, example }) => example === undefined && !['object', 'list', 'map'].includes(type));
    expect(plain.filter(({ type }) => !type.startsWith('text') && !type.startsWith('anything')).map(({ path }) => path)).toEqual([]);
  });
});

it('takes the published samples, and marks a field that is not there', () => {
  const schema = schemas.get('Function')!;
  // One has a field left over from v1beta1, which is what an editor is to mark.
  const marked = samples.filter((sample) => !accepts(schema, sample)).map(({ metadata }) => metadata.name);
  expect(marked).toEqual(['hello-world-node']);
  const [sample] = samples;
  expect(accepts(schema, { ...sample, spec: { ...(sample?.spec as object), imag: 'x' } })).toBe(false);
});

it('reads defaults from the words that a person reads', () => {
  const port =
    schemas.get('Function')?.properties?.['spec']?.properties?.['serving']?.properties?.['triggers']?.properties?.['http']?.properties;
  expect(port?.['port']).toMatchObject({ default: 8080 });
  expect(port?.['engine']).toMatchObject({ default: 'knative' });
});
