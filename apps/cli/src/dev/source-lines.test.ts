import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeModule } from '@openfunction/builder';
import { expect, it, onTestFinished } from 'vitest';
import { sourceLines } from './source-lines.ts';

it.each([
  [
    'index.ts',
    '// one\ninterface Two { three: string }\nexport const bad = (): void => {\n  throw new Error("four");\n};\n',
    'index.ts:4:9',
  ],
  ['index.js', '// one\n\nexports.bad = () => {\n  throw new Error("four");\n};\n', 'index.js:4:9'],
  ['index.mjs', 'import { join,\n  sep } from "node:path";\nawait join(sep);\nthrow new Error("four");\n', 'index.mjs:4:7'],
])('finds the line of %s that a line of its bundle came from', async (name, code, place) => {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'ofn-l-')));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(path.join(folder, name), code);
  const made = await makeModule({ dir: folder, plan: { clearSource: false }, install: async () => {}, log: () => {}, isMapped: true });
  const bundle = Buffer.from(made.artifact.bundle).toString().split('\n');
  const line = bundle.findIndex((text) => text.includes('throw')) + 1;
  const column = (bundle[line - 1] ?? '').indexOf('new Error') + 1;
  const say = sourceLines({ map: made.sourceMap ?? '', file: '/work/index.js', folder });
  expect(say(`Error: four\n    at bad (/work/index.js:${line}:${column})`)).toBe(`Error: four\n    at bad (${place})`);
  expect(say('at (/elsewhere/index.js:1:1), and /work/index.js: no line')).toBe(
    'at (/elsewhere/index.js:1:1), and /work/index.js: no line',
  );
});
