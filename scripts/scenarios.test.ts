import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');
const files = globSync('e2e/{scenarios,support}/**/*.ts', { cwd: root });
// A scenario may start servers of its own, from a package's testing entry; `@e2e/` is what it publishes there.
const allowedImports =
  /^(?:node:|vitest$|fast-check$|@openfunction\/\w+\/testing$|@e2e\/|\.\/|\.\.\/support\/|\.\.\/targets\/(?:use-)?target\.ts$)/;

/** What a scenario must not know. `kubernetes.io` is part of names that both grounds have. */
function groundsNamed(text: string): string[] {
  return text.match(/\b(?:embedded|kubernetes(?!\.io)|OFN_E2E_TARGET)\b/gi) ?? [];
}

it('finds the scenarios', () => {
  expect(files.filter((file) => file.endsWith('.test.ts')).length).toBeGreaterThan(5);
});

it.each(files)('names no ground and imports no package of ours: %s', (file) => {
  const text = readFileSync(path.join(root, file), 'utf8');
  const imports = [...text.matchAll(/\bfrom '([^']+)'|\bimport\('([^']+)'\)/g)].map(([, one, other]) => one ?? other ?? '');
  expect(groundsNamed(text)).toEqual([]);
  expect(imports.filter((name) => !allowedImports.test(name))).toEqual([]);
});

it('would see a ground', () => {
  expect(groundsNamed("if (target.name === 'Embedded') skip(); // kubernetes only; app.kubernetes.io/name")).toEqual([
    'Embedded',
    'kubernetes',
  ]);
});
