import { expect, it } from 'vitest';
import { customResourceDefinitions } from './crd.ts';
import type { Schema } from './structural.ts';

interface Spec {
  names: { shortNames: string[]; categories: string[] };
  versions: {
    name: string;
    served: boolean;
    storage: boolean;
    additionalPrinterColumns: { name: string }[];
    subresources: object;
    schema: { openAPIV3Schema: Schema };
  }[];
}
const specs = new Map([...customResourceDefinitions()].map(([file, { spec }]) => [file, spec as Spec]));

/** Paths of the properties that say nothing about themselves. */
function undescribed(schema: Schema, path: string): string[] {
  const children = Object.entries(schema.properties ?? {}).map(([name, child]) => [`${path}.${name}`, child] as const);
  const own = children.filter(([at, child]) => !child.description && at !== '.metadata').map(([at]) => at);
  const below = schema.items ? [...children, [`${path}[]`, schema.items] as const] : children;
  return [...own, ...below.flatMap(([at, child]) => (at.startsWith('.metadata') ? [] : undescribed(child, at)))];
}

it('defines each kind of OpenFunction', () => {
  expect([...specs.keys()]).toEqual([
    'core.openfunction.io_functions.yaml',
    'core.openfunction.io_builders.yaml',
    'core.openfunction.io_servings.yaml',
    'networking.openfunction.io_gateways.yaml',
  ]);
});

it('describes every field', () => {
  for (const [file, spec] of specs) {
    for (const { schema } of spec.versions) expect([file, undescribed(schema.openAPIV3Schema, '')]).toEqual([file, []]);
  }
});

it('gives each kind short names, categories, columns and a status', () => {
  for (const { names, versions } of specs.values()) {
    expect(names.shortNames).toHaveLength(1);
    expect(names.categories).toEqual(['all', 'openfunction']);
    expect(versions[0]?.additionalPrinterColumns.at(-1)?.name).toBe('Age');
    expect(versions[0]?.subresources).toMatchObject({ status: {} });
  }
});

it('stores v1beta2, and serves v1beta1 nowhere by itself', () => {
  const versions = [...specs.values()].map((spec) => spec.versions.map(({ name, served, storage }) => [name, served, storage]));
  const both = [
    ['v1beta2', true, true],
    ['v1beta1', false, false],
  ];
  expect(versions).toEqual([both, both, both, [['v1alpha1', true, true]]]);
});

it('scales functions and servings by their minimum', () => {
  const subresources = [...specs.values()].map(({ versions }) => versions[0]?.subresources);
  expect(subresources.slice(0, 3)).toMatchObject([
    { scale: { specReplicasPath: '.spec.serving.scaleOptions.minReplicas' } },
    {},
    { scale: { specReplicasPath: '.spec.scaleOptions.minReplicas' } },
  ]);
});

it('keeps the CRDs small enough for kubectl apply', () => {
  for (const definition of customResourceDefinitions().values()) expect(JSON.stringify(definition).length).toBeLessThan(200_000);
});
