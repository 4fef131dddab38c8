import type { Builder, OFunction, Serving } from '@openfunction/resources';
import { expect, it } from 'vitest';
import { artifactReferences } from './artifact-references.ts';

it('names what Functions, builds and versions need, at the digest that they need', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  const fn = {
    spec: { image: 'r.test:5000/a:v2', build: { srcRepo: { bundleContainer: { image: 'r.test:5000/a@sha256:b' } } } },
    status: { revision: { imageDigest: digest } },
  } as OFunction;
  const builder = { spec: { image: 'r.test/b:v1', srcRepo: { url: 'https://git.test/x' } }, status: { output: { digest } } } as Builder;
  const serving = { spec: { image: `r.test/a@${digest}` } } as Serving;
  expect(artifactReferences({ functions: [fn], builders: [builder], servings: [serving] })).toEqual([
    'r.test:5000/a:v2',
    'r.test:5000/a@sha256:b',
    `r.test:5000/a@${digest}`,
    'r.test/b:v1',
    `r.test/b@${digest}`,
    `r.test/a@${digest}`,
  ]);
});

it('takes what is half there', () => {
  expect(artifactReferences({ functions: [{} as OFunction], builders: [{} as Builder], servings: [{} as Serving] })).toEqual([]);
});
