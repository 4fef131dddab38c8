import { UsageError } from './usage-error.ts';

const words = new Set(['function', 'functions', 'fn']);

/** The only name on a command line; the word that says that it is a function may stand before it. */
export function oneName(positionals: readonly string[]): string {
  const [name, ...more] = positionals.length === 2 && words.has(positionals[0] ?? '') ? positionals.slice(1) : positionals;
  if (name === undefined || more.length > 0) throw new UsageError('Name one function.');
  return name;
}
