import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { exitCodeOf, exitCodes } from './exit-codes.ts';

it('is the list that docs/cli.md has', () => {
  const page = readFileSync(path.resolve(import.meta.dirname, '../../../docs/cli.md'), 'utf8');
  const listed = [...page.matchAll(/^\| (\d+) \| (\w+) \|/gm)].map(([, code, name]) => [name, Number(code)]);
  expect(Object.fromEntries(listed)).toEqual(exitCodes);
});

it('gives each kind of error its code', () => {
  const coded = (code: string): Error => Object.assign(new Error('x'), { code });
  expect(exitCodeOf(coded('NotFound'))).toBe(exitCodes.notFound);
  expect(exitCodeOf(coded('Invalid'))).toBe(exitCodes.refused);
  expect(exitCodeOf(coded('Unreachable'))).toBe(exitCodes.unreachable);
  expect(exitCodeOf(coded('ERR_PARSE_ARGS_UNKNOWN_OPTION'))).toBe(exitCodes.usage);
  expect(exitCodeOf('anything else')).toBe(exitCodes.failed);
});
