import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');

/** Codes are declared in one of two shapes: `type XErrorCode = 'A' | 'B'`, or a table `xErrorStatus = { A: 404 }`. */
function codesInCode(): Set<string> {
  const codes = new Set<string>();
  for (const file of globSync('{packages,apps}/*/src/**/*.ts', { cwd: root })) {
    const text = readFileSync(path.join(root, file), 'utf8');
    for (const [, union] of text.matchAll(/export type \w+ErrorCode\s*=([^;]*);/g)) {
      for (const [, code] of (union ?? '').matchAll(/'([A-Z]\w+)'/g)) codes.add(code ?? '');
    }
    for (const [, table] of text.matchAll(/(?:export )?const \w*[eE]rrorStatus\b[^=]*=\s*\{([^}]*)\}/g)) {
      for (const [, code] of (table ?? '').matchAll(/^\s*([A-Z]\w+):/gm)) codes.add(code ?? '');
    }
  }
  return codes;
}

function codesInDocs(): Set<string> {
  const text = readFileSync(path.join(root, 'docs/errors.md'), 'utf8');
  return new Set([...text.matchAll(/^\| `([A-Z]\w+)` \|/gm)].map(([, code]) => code ?? ''));
}

it('documents every error code, and no code that is gone', () => {
  expect([...codesInDocs()].toSorted()).toEqual([...codesInCode()].toSorted());
});

it('finds codes at all', () => {
  expect(codesInCode().size).toBeGreaterThan(10);
});
