import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FunctionError } from '../function-error.ts';
import { parseForm } from './parse-form.ts';

test('any text gives fields or a refusal, and never reaches a prototype', () => {
  const piece = fc.constantFrom('a', 'b', '[', ']', '[]', '=', '&', '%', '%5B', '+', '__proto__', 'constructor', '[0]', '[99]');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      try {
        parseForm(pieces.join(''));
      } catch (error) {
        expect(error).toBeInstanceOf(FunctionError);
      }
      expect(Object.keys(Object.prototype)).toEqual([]);
    }),
  );
});

test('names and values of any characters come back', () => {
  const word = fc.string({ unit: 'binary', minLength: 1 }).filter((text) => text.isWellFormed() && !/[[\]]|^__proto__$/.test(text));
  fc.assert(
    fc.property(fc.dictionary(word, word, { maxKeys: 20 }), (fields) => {
      expect(parseForm(new URLSearchParams(fields).toString())).toEqual({ ...fields });
    }),
  );
});

test('a large index takes no memory', () => {
  expect(parseForm('a[999]=1')).toEqual({ a: ['1'] });
});

test('nesting beyond the limit is refused', () => {
  expect(() => parseForm(`a${'[b]'.repeat(33)}=1`)).toThrow(/nests deeper/);
});
