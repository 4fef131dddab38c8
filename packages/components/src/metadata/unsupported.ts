import type { Parser } from './parsers.ts';

/** For a name that Dapr documents and that cannot be honoured: whoever sets it is told at once. */
export function unsupported(what: string): Parser<never> {
  return { says: `left out, because ${what} is not supported here`, parse: () => undefined };
}
