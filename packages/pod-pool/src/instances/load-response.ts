import type { LoadResponse } from '@openfunction/protocol';

/** What an instance answered to its load, whatever that was: a runner leaves fields out, and the function shares its process. */
export function loadResponseOf(answer: object): LoadResponse {
  const given: Readonly<Record<string, unknown>> = { ...answer };
  const text = (name: keyof LoadResponse): string => (typeof given[name] === 'string' ? given[name] : '');
  const number = (name: keyof LoadResponse): number => (typeof given[name] === 'number' ? given[name] : 0);
  return {
    loaded: given['loaded'] === true,
    code: text('code'),
    message: text('message'),
    detail: text('detail'),
    compileMs: number('compileMs'),
    runMs: number('runMs'),
    cacheAccepted: given['cacheAccepted'] === true,
  };
}
