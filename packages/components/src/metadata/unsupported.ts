import { flag, type Parser } from './parsers.ts';

/** For a name that Dapr documents and that cannot be honoured: whoever sets it is told at once. */
export function unsupported(what: string): Parser<never> {
  return { says: `left out, because ${what} is not supported here`, parse: () => undefined };
}

/** For a switch that Dapr documents and that can only be off here. */
export function onlyFalse(what: string): Parser<boolean> {
  return {
    says: `left out or false, because ${what} is not supported here`,
    parse: (value) => (flag.parse(value) === false ? false : undefined),
  };
}
