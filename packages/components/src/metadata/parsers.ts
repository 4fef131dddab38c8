import { ComponentError } from '../component-error.ts';

/** Turns the text of a metadata value into what the component works with; `says` completes "must be …". */
export interface Parser<T> {
  readonly says: string;
  /** `undefined` for what it does not take. */
  parse(value: string): T | undefined;
}

export const text: Parser<string> = { says: 'a text', parse: (value) => value };

export const nonEmpty: Parser<string> = { says: 'a text that is not empty', parse: (value) => (value === '' ? undefined : value) };

// What YAML readers and Go take for a boolean.
const trueWords = new Set(['true', 't', 'yes', 'y', 'on', '1']);
const falseWords = new Set(['false', 'f', 'no', 'n', 'off', '0', '']);

export const flag: Parser<boolean> = {
  says: 'true or false',
  parse: (value) => {
    const word = value.trim().toLowerCase();
    return trueWords.has(word) ? true : falseWords.has(word) ? false : undefined;
  },
};

export function wholeNumber(min: number, max: number = Number.MAX_SAFE_INTEGER): Parser<number> {
  return {
    says: max === Number.MAX_SAFE_INTEGER ? `a whole number of at least ${min}` : `a whole number from ${min} to ${max}`,
    parse: (value) => {
      if (!/^[+-]?\d{1,16}$/.test(value.trim())) return undefined;
      const number = Number(value);
      return number >= min && number <= max ? number : undefined;
    },
  };
}

const units: Record<string, number> = { ns: 1e-6, us: 1e-3, µs: 1e-3, μs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Go's form, `1h30m`, `1.5s`, `200ms`; a bare number counts `plainUnit`s. The result is in milliseconds. */
export function duration(plainUnit: 'ms' | 's' = 's'): Parser<number> {
  return { says: 'a duration such as "30s" or "1m30s"', parse: (value) => durationMs(value, plainUnit) };
}

function durationMs(value: string, plainUnit: 'ms' | 's'): number | undefined {
  const trimmed = value.trim();
  if (/^\d{1,15}(?:\.\d{1,9})?$/.test(trimmed)) return Number(trimmed) * (units[plainUnit] ?? 1);
  if (!/^(?:\d{1,15}(?:\.\d{1,9})?(?:ns|us|µs|μs|ms|s|m|h)){1,8}$/.test(trimmed)) return undefined;
  let total = 0;
  for (const [, amount, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|μs|ms|s|m|h)/g))
    total += Number(amount) * (units[unit ?? ''] ?? 0);
  return total;
}

/** Taken whatever its case; the result is as written here. */
export function oneOf<const T extends string>(...choices: T[]): Parser<T> {
  return {
    says: `one of: ${choices.join(', ')}`,
    parse: (value) => choices.find((choice) => choice.toLowerCase() === value.trim().toLowerCase()),
  };
}

export const commaList: Parser<string[]> = {
  says: 'a list, separated by commas',
  parse: (value) =>
    value
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
};

export const jsonObject: Parser<Record<string, unknown>> = {
  says: 'a JSON object',
  parse: (value) => {
    try {
      const parsed: unknown = JSON.parse(value);
      return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? (parsed as Record<string, unknown>) : undefined;
    } catch {
      return undefined;
    }
  },
};

/** Parses, or says whose value it was. The value itself may be a secret and is not repeated. */
export function parseOrRefuse<T>(parser: Parser<T>, value: string, whose: string): T {
  const parsed = parser.parse(value);
  if (parsed === undefined) throw new ComponentError('ComponentInvalid', `${whose} cannot be used: it must be ${parser.says}. Correct it.`);
  return parsed;
}
