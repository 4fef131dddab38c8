import { expect, it } from 'vitest';
import { z } from 'zod';
import { parsed } from './schema.ts';

it.each([
  [z.number().min(0), -1, 'must be 0 or more'],
  [z.int().max(65_535), 70_000, 'must be 65535 or less'],
  [z.int(), 1.5, 'must be a whole number'],
  [z.number(), '3', 'must be a number; write it without quotation marks'],
  [z.string(), 7, 'must be text; write it in quotation marks'],
  [z.string(), null, 'is null; give it a value, or leave it out'],
  [z.string().min(1), '', 'is empty; set it, or leave it out'],
  [z.string().max(3), 'abcd', 'must have no more than 3 characters'],
  [z.string().regex(/^a$/), 'b', 'must match /^a$/'],
  [z.string().regex(/^a$/, { error: 'is not a; write a' }), 'b', 'is not a; write a'],
  [z.array(z.string()).max(1), ['a', 'b'], 'must have no more than 1 entry'],
  [z.array(z.string()), { a: 'b' }, 'must be a list; begin each entry with "- "'],
  [z.object({}), 'x', 'must be an object'],
  [z.record(z.string(), z.string()), ['a'], 'must be an object'],
  [z.boolean(), 'true', 'must be true or false; write it without quotation marks'],
  [z.enum(['a', 'b']), 'c', 'must be one of a, b'],
  [z.union([z.number(), z.boolean()]), 'c', 'has none of the forms that are taken here; "kubectl explain" has them'],
])('says of a value what it must be, and how to write it (%#)', (schema, value, message) => {
  expect(parsed(schema as z.ZodType, value)).toMatchObject({ causes: [{ message }] });
});

it('says of what is not there that it is missing', () => {
  expect(parsed(z.object({ a: z.string() }), {})).toMatchObject({ causes: [{ field: 'a', message: 'is missing; set it' }] });
});
