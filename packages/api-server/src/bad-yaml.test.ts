import { expect, it } from 'vitest';
import { ApiError } from './api-error.ts';
import { parseBody } from './http-body.ts';

const yaml = (text: string): unknown => parseBody(Buffer.from(text), 'application/apply-patch+yaml');
const levels = Array.from({ length: 9 }, (_each, level) => `l${level + 1}: &l${level + 1} [${Array(9).fill(`*l${level}`).join(', ')}]`);
const bomb = `l0: &l0 [x]\n${levels.join('\n')}\n`;

it.each([
  ['aliases of aliases, 9^9 in the end', bomb],
  ['an anchor that holds itself', 'a: &a\n  b: *a\n'],
  ['anchors that hold each other', 'a: &a [*b]\nb: &b [*a]\n'],
  ['the same key twice', 'a: 1\na: 2\n'],
  ['a list of 10,000 aliases', `a: &a {x: 1}\nb: [${Array(10_000).fill('*a').join(', ')}]\n`],
  ['what is no YAML', 'a: [1'],
  ['10,000 levels', `${'['.repeat(10_000)}${']'.repeat(10_000)}`],
])('refuses %s, soon', (_name, text) => {
  const before = performance.now();
  expect(() => yaml(text)).toThrow(ApiError);
  // Generous: what this guards against takes hours.
  expect(performance.now() - before).toBeLessThan(10_000);
});

it('takes no tag for code, and no merge key for more than a key', () => {
  expect(yaml('a: !!js/function "function () { return 1 }"\n')).toEqual({ a: 'function () { return 1 }' });
  const merged = `a: &a {x: 1}\n${Array.from({ length: 50 }, (_each, index) => `b${index}:\n  <<: *a\n`).join('')}`;
  expect(yaml(merged)).toMatchObject({ b0: { '<<': { x: 1 } } });
  expect(yaml('__proto__: {polluted: 1}\n')).toEqual(JSON.parse('{"__proto__":{"polluted":1}}'));
  expect({}).not.toHaveProperty('polluted');
});

it('reads a manifest of 1 MB soon, though it has 9,000 keys, and refuses one of 2 MB', { timeout: 60_000 }, () => {
  const manifest = (keys: number): string =>
    `data:\n${Array.from({ length: keys }, (_each, index) => `  key-${index}: ${'v'.repeat(90)}\n`).join('')}`;
  expect(Object.keys((yaml(manifest(9_000)) as { data: object }).data)).toHaveLength(9_000);
  expect(() => yaml(manifest(20_000))).toThrow('The YAML is larger than 1 MB');
});
