import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { differences } from '../packages/api-server/src/testing/recorded/differences.ts';

const page = readFileSync(path.resolve(import.meta.dirname, '../docs/kubectl.md'), 'utf8');

it('documents every difference between the API of one machine and an API server, and no other', () => {
  const listed = [...page.matchAll(/^- `(\w+)`: (.+)$/gm)].map(([, id, text]) => [id, text]);
  expect(Object.fromEntries(listed)).toEqual(differences);
});
