import type { Parser } from '../metadata/parsers.ts';

function numberOf(value: string): number | undefined {
  if (!/^[+-]?(?:\d{1,16}(?:\.\d{0,16})?|\.\d{1,16})(?:e[+-]?\d{1,3})?$/i.test(value.trim())) return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

/** A number that may have a fraction. */
export const decimal: Parser<number> = { says: 'a number', parse: numberOf };

export const positiveDecimal: Parser<number> = {
  says: 'a number above 0',
  parse: (value) => {
    const number = numberOf(value);
    return number !== undefined && number > 0 ? number : undefined;
  },
};
