import { expect, it } from 'vitest';
import { targetProblem } from './target-problem.ts';

function problem(exports: string[], target: string, code = 'code'): string | undefined {
  const manifest = { runtime: 'node' as const, format: 'cjs' as const, entry: 'index.js', exports };
  return targetProblem({ manifest, bundle: Buffer.from(code), assets: new Uint8Array() }, target)?.message;
}

it('says which function is missing, and which there are', () => {
  expect(problem(['one', 'two'], 'three')).toBe(
    'The code has no function "three"; it exports "one", "two". Export it, or name one of these.',
  );
});

it('says nothing where the target is there, or may be', () => {
  expect(problem(['one'], 'one')).toBeUndefined();
  expect(problem(['one'], 'one.two')).toBeUndefined();
  expect(problem(['function'], 'other')).toBeUndefined();
  expect(problem(['one', 'default'], 'other')).toBeUndefined();
  expect(problem([], 'other')).toBeUndefined();
  expect(problem(['one'], 'other', 'require("@openfunction/functions-framework")')).toBeUndefined();
  expect(problem(['one'], 'other', '__reExport(exports, require_a())')).toBeUndefined();
});
