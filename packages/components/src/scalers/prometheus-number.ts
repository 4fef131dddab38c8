import { ComponentError } from '../component-error.ts';

interface QueryAnswer {
  data?: { resultType?: string; result?: unknown };
}

/** The number in an answer of `/api/v1/query`. Nothing, NaN and infinity are 0, unless `ignoreNullValues` is false. */
export function prometheusNumber(answer: unknown, { ignoreNullValues }: { ignoreNullValues: boolean }): number {
  const { resultType, result } = (answer as QueryAnswer | null)?.data ?? {};
  if (resultType === 'scalar') return finite(result, ignoreNullValues);
  if (resultType !== 'vector' || !Array.isArray(result))
    throw new ComponentError('RequestRejected', 'The query answers neither one number nor a vector. Correct it, for example by sum(…).');
  if (result.length > 1)
    throw new ComponentError(
      'RequestRejected',
      `The query answers ${result.length} numbers, and one is wanted. Correct it, for example by sum(…).`,
    );
  if (result.length === 0) return missing('nothing', ignoreNullValues);
  return finite((result[0] as { value?: unknown } | null)?.value, ignoreNullValues);
}

/** Of a time and a value as text. */
function finite(sample: unknown, ignoreNullValues: boolean): number {
  const value: unknown = Array.isArray(sample) ? sample[1] : undefined;
  const number = typeof value === 'string' && value !== '' ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : missing(typeof value === 'string' ? value : 'no value', ignoreNullValues);
}

function missing(what: string, ignoreNullValues: boolean): number {
  if (ignoreNullValues) return 0;
  throw new ComponentError(
    'ComponentUnavailable',
    `The query answers ${what}, as when its target is lost. Set ignoreNullValues to true to take it for 0.`,
  );
}
