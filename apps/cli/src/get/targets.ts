import type { ResourceKind } from '@openfunction/resources/nouns';
import { isKind, kindNamed, knownKinds } from '../show/kind-named.ts';
import { UsageError } from '../usage-error.ts';

/** What of one kind is asked for: these, or all when none is named. */
export interface Target {
  kind: ResourceKind;
  names: string[];
}

/** Reads `fn`, `fn,builders`, `fn a b` and `fn/a builder/b`, as kubectl does. */
export function targetsOf(words: readonly string[]): Target[] {
  const [first = 'functions', ...rest] = words;
  if (words.some((word) => word.includes('/'))) return merged(words.map(pairOf));
  const kinds = first.split(',').filter((word) => word !== '');
  if (kinds.length > 1 && rest.length > 0)
    throw new UsageError('Names follow one kind; several kinds with names are written KIND/NAME KIND/NAME.');
  if (kinds.length === 1 && rest.length === 0 && !isKind(first))
    throw new UsageError(
      `There is no kind "${first}" here. There are: ${knownKinds().join(', ')}. For the function of that name: ofn get fn ${first}`,
    );
  return merged(kinds.map((word) => ({ kind: kindNamed(word), names: rest })));
}

function pairOf(word: string): Target {
  const [kind = '', name = '', ...more] = word.split('/');
  if (kind === '' || name === '' || more.length > 0) throw new UsageError(`"${word}" is not KIND/NAME, which all words are when one is.`);
  return { kind: kindNamed(kind), names: [name] };
}

function merged(targets: readonly Target[]): Target[] {
  const byKind = new Map<ResourceKind, Target>();
  for (const { kind, names } of targets) {
    const known = byKind.get(kind);
    byKind.set(kind, { kind, names: [...new Set([...(known?.names ?? []), ...names])] });
  }
  return [...byKind.values()];
}
