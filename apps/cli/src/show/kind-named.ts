import { allKinds, type ResourceKind } from '@openfunction/resources/nouns';
import { UsageError } from '../usage-error.ts';

const shortNames: Record<string, string> = {
  fn: 'functions',
  fb: 'builders',
  ns: 'namespaces',
  po: 'pods',
  cm: 'configmaps',
  svc: 'services',
  ev: 'events',
};
const hidden = new Set(['leases']);

/** Whether a word names a kind. */
export function isKind(word: string): boolean {
  return find(word) !== undefined;
}

/** The kind of a word such as `fn`, `function`, `functions` or `functions.core.openfunction.io`. */
export function kindNamed(word: string): ResourceKind {
  const kind = find(word);
  if (kind !== undefined) return kind;
  throw new UsageError(`There is no kind "${word}" here. There are: ${knownKinds().join(', ')}.`);
}

/** The plural names of those that are shown. */
export function knownKinds(): string[] {
  return allKinds.filter((one) => !hidden.has(one.plural)).map((one) => one.plural);
}

function find(word: string): ResourceKind | undefined {
  const text = word.toLowerCase();
  const plural = Object.hasOwn(shortNames, text) ? shortNames[text] : text;
  return allKinds.find(
    (one) => !hidden.has(one.plural) && [one.plural, one.kind.toLowerCase(), `${one.plural}.${one.group}`].some((name) => name === plural),
  );
}
