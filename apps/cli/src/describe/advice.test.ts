import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { advice } from './advice.ts';

const docs = readFileSync(path.resolve(import.meta.dirname, '../../../../docs/errors.md'), 'utf8');

it('has advice for every reason of a build and of an instance that is documented', () => {
  const section = (title: string): string => docs.slice(docs.indexOf(`## ${title}`)).split('\n## ')[0] ?? '';
  const reasons = [...section('Artifacts and builds').matchAll(/^\| `(\w+)`/gm)].map(([, reason]) => reason ?? '');
  expect(reasons.length).toBeGreaterThan(10);
  // Their own messages say what to do.
  const spokenFor = new Set(['ArtifactTooLarge', 'InvalidReference', 'BuildFailed']);
  expect(reasons.filter((reason) => !spokenFor.has(reason) && advice(reason, 'f', '') === '')).toEqual([]);
});

it('has advice for every reason why messages do not come', () => {
  const code = readFileSync(path.resolve(import.meta.dirname, '../../../../packages/messaging/src/messaging-error.ts'), 'utf8');
  const reasons = [...code.matchAll(/\| '(\w+)'/g)].map(([, reason]) => reason ?? '');
  expect(reasons.length).toBeGreaterThan(3);
  expect(reasons.filter((reason) => advice(reason, 'f', '') === '')).toEqual([]);
});

it('falls back for what it does not know, whatever that is called', () => {
  expect(advice('constructor', 'f', 'otherwise')).toBe('otherwise');
  expect(advice(undefined, 'f', 'otherwise')).toBe('otherwise');
});
