import { expect, it } from 'vitest';
import { functionKind } from './kinds.ts';
import { samples } from './testing/samples.ts';
import { validateObject } from './validate.ts';

it.each(samples.map((sample) => [sample.metadata.name, sample] as const))('accepts the published sample %s', (_name, sample) => {
  expect(validateObject(functionKind, sample)).toEqual([]);
});
