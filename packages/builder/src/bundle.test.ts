import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { compileFunction } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bundle, type Bundle } from './bundle.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ofn-bundle-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function tree(files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
}

async function run({ code, format }: Bundle, entry: string): Promise<Record<string, (...args: unknown[]) => unknown>> {
  const module = { exports: {} as Record<string, (...args: unknown[]) => unknown> };
  const body = format === 'cjs' ? code : `return (async()=>{${code}\n})()`;
  const load = compileFunction(body, ['exports', 'require', 'module', '__filename', '__dirname']) as (...args: unknown[]) => unknown;
  const path = join('/work', entry);
  await load(module.exports, createRequire(import.meta.url), module, path, dirname(path));
  return module.exports;
}

describe('bundle', () => {
  it('bundles TypeScript and gives every file its own place', async () => {
    await tree({
      'src/index.ts': `import { where } from './lib/where.js';\nexport const main = (n: number): unknown => [n, __dirname, import.meta.url, ...where()];`,
      'src/lib/where.ts': `export function where(): string[] { return [__filename, import.meta.dirname]; }`,
    });
    const made = await bundle({ dir, entry: 'src/index.ts' });
    expect(made).toMatchObject({ format: 'cjs', exports: ['main'] });
    expect((await run(made, 'src/index.ts'))['main']?.(7)).toEqual([
      7,
      '/work/src',
      'file:///work/src/index.ts',
      '/work/src/lib/where.ts',
      '/work/src/lib',
    ]);
  });

  it('bundles CommonJS and keeps its directives', async () => {
    await tree({
      'index.js': `#!/usr/bin/env node\n'use strict'\nconst { x } = require('./x');\nexports.main = () => [x, __dirname, (function () { return this === undefined; })()];`,
      'x.js': 'exports.x = 1',
    });
    expect((await run(await bundle({ dir, entry: 'index.js' }), 'index.js'))['main']?.()).toEqual([1, '/work', true]);
  });

  it('makes an async body of a module with top-level await', async () => {
    await tree({
      'index.mjs': `import { join } from 'node:path';\nimport fs, * as all from 'node:fs';\nexport const main = await Promise.resolve(() => join('a', typeof fs.readFileSync, import.meta.dirname));\nexport default all;`,
    });
    const made = await bundle({ dir, entry: 'index.mjs' });
    expect(made).toMatchObject({ format: 'async-cjs', exports: ['default', 'main'] });
    expect((await run(made, 'index.mjs'))['main']?.()).toBe('a/function/work');
  });

  it('leaves the functions framework to the runner', async () => {
    await tree({ 'index.js': `require('@google-cloud/functions-framework').http('f', () => {})` });
    expect((await bundle({ dir, entry: 'index.js' })).code).toContain('require("@google-cloud/functions-framework")');
  });

  it('makes the same bytes wherever the source lies', async () => {
    const files = { 'index.ts': `export const main = () => __dirname;` };
    await tree(files);
    const first = await bundle({ dir, entry: 'index.ts' });
    const other = await mkdtemp(join(dir, 'elsewhere-'));
    await writeFile(join(other, 'index.ts'), files['index.ts']);
    expect((await bundle({ dir: other, entry: 'index.ts' })).code).toBe(first.code);
  });

  it('shortens a long bundle and keeps its names', async () => {
    await tree({
      'index.ts': `import { Long } from './long.js';\n\nexport function main(): unknown {\n  return [new Long().constructor.name, main.name];\n}\n`,
      'long.ts': `export class Long {\n${Array.from({ length: 4000 }, (_, at) => `  method${at}(): number {\n    return ${at};\n  }\n`).join('')}}\n`,
    });
    const made = await bundle({ dir, entry: 'index.ts' });
    expect(made).toMatchObject({ format: 'cjs', exports: ['main'] });
    expect(made.code.split('\n').length).toBeLessThan(20);
    expect((await run(made, 'index.ts'))['main']?.()).toEqual(['Long', 'main']);
  });

  it('leaves the lines of a short bundle to stack traces', async () => {
    await tree({ 'index.js': `exports.main = () => {\n  const here = 1;\n  return here;\n};\n` });
    expect((await bundle({ dir, entry: 'index.js' })).code).toContain('\n  return here;\n');
  });

  it('says where the source is wrong', async () => {
    await tree({ 'index.ts': `export const a = 1;\nexport const main = ( => 1;` });
    await expect(bundle({ dir, entry: 'index.ts' })).rejects.toMatchObject({
      code: 'CompileFailed',
      message: expect.stringMatching(/index\.ts:2:\d+: /),
    });
  });

  it.each([
    ['@own/left-pad/deep', '@own/left-pad'],
    ['left-pad/index.js', 'left-pad'],
  ])('asks whether %s is a dependency when it is not there, and asks it of no file', async (imported, name) => {
    await tree({ 'index.js': `import '${imported}'; import './gone.js';` });
    const said = await bundle({ dir, entry: 'index.js' }).catch((error: Error) => error.message);
    expect(said).toContain(`Could not resolve "${imported}". Is "${name}" among the dependencies of package.json?`);
    expect(said).toMatch(/Could not resolve "\.\/gone\.js"$/);
  });
});
