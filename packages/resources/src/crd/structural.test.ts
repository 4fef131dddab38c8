import { expect, it } from 'vitest';
import { z } from 'zod';
import { structural, structuralOf } from './structural.ts';

it('writes a union of integer and text as int-or-string', () => {
  expect(structuralOf(z.union([z.int(), z.string()]))).toEqual({ 'x-kubernetes-int-or-string': true });
});

it('merges unions of literals and keeps no type for other unions', () => {
  expect(structuralOf(z.union([z.enum(['A', 'B']), z.literal('')]))).toEqual({ type: 'string', enum: ['A', 'B', ''] });
  expect(structuralOf(z.union([z.string(), z.boolean()]))).toEqual({ 'x-kubernetes-preserve-unknown-fields': true });
});

it('drops the bounds of safe integers and names the width', () => {
  expect(structuralOf(z.int().min(0))).toEqual({ type: 'integer', minimum: 0, format: 'int64' });
  expect(structuralOf(z.int().min(1).max(65535))).toEqual({ type: 'integer', minimum: 1, maximum: 65535, format: 'int32' });
});

it('keeps maps, and lets open objects keep unknown fields', () => {
  expect(structuralOf(z.record(z.string(), z.string()))).toEqual({ type: 'object', additionalProperties: { type: 'string' } });
  expect(structuralOf(z.record(z.string(), z.unknown()))).toEqual({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true });
  expect(structuralOf(z.looseObject({ a: z.string() }))).toEqual({
    type: 'object',
    required: ['a'],
    properties: { a: { type: 'string' } },
    'x-kubernetes-preserve-unknown-fields': true,
  });
});

it('keeps descriptions and drops additionalProperties beside properties and patterns that look around', () => {
  const schema = z.strictObject({
    at: z
      .string()
      .regex(/^(?!-)/u)
      .describe('When')
      .optional(),
  });
  const { properties, ...rest } = structuralOf(schema);
  expect(rest).toEqual({ type: 'object' });
  expect(properties?.['at']?.description).toBe('When');
  expect(properties?.['at']).not.toHaveProperty('pattern');
});

it('refuses references', () => {
  expect(() => structural({ type: 'array', items: { $ref: '#' } })).toThrow('write it inline');
});
