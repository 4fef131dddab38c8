import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ComponentError } from '../component-error.ts';
import { prometheusNumber } from './prometheus-number.ts';

describe('prometheusNumber', () => {
  it('answers any JSON with a number or a refusal', () => {
    const sample = fc.tuple(fc.nat(), fc.oneof(fc.jsonValue(), fc.constantFrom('NaN', '+Inf', '1e3', '')));
    const result = fc.oneof(fc.jsonValue(), sample, fc.array(fc.record({ value: sample }), { maxLength: 2 }));
    const data = fc.record({ resultType: fc.constantFrom('vector', 'scalar', 'matrix', 'string'), result });
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.record({ data })), fc.boolean(), (answer, ignoreNullValues) => {
        try {
          expect(Number.isFinite(prometheusNumber(answer, { ignoreNullValues }))).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(ComponentError);
        }
      }),
    );
  });
});
