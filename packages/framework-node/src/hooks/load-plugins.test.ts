import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadPlugins } from './load-plugins.ts';

const root = mkdtempSync(path.join(tmpdir(), 'ofn-plugins-'));
mkdirSync(path.join(root, 'plugins'));
// As the original framework has them: classes with a static Name, exported by CommonJS files.
writeFileSync(
  path.join(root, 'plugins', 'first.cjs'),
  `class First { static Name = 'first'; static Version = 'v2'; execPreHook() {} } module.exports = First;`,
);
writeFileSync(path.join(root, 'plugins', 'second.mjs'), `export class Second { static Name = 'second'; }`);
afterAll(() => rmSync(root, { recursive: true }));

test('plugins of both module kinds are made once and ordered as the hooks name them', async () => {
  const hooks = await loadPlugins(root, { preHooks: ['second', 'first'], postHooks: ['first'] });
  expect(hooks?.pre.map(({ name, version }) => [name, version])).toEqual([
    ['second', 'v1'],
    ['first', 'v2'],
  ]);
  expect(hooks?.post[0]).toBe(hooks?.pre[1]);
});

test('a hook without its plugin is refused by name', async () => {
  await expect(loadPlugins(root, { preHooks: ['third'], postHooks: [] })).rejects.toMatchObject({
    code: 'HookNotFound',
    message: expect.stringContaining('"third"') as string,
  });
});

test('without hooks nothing is loaded', async () => {
  expect(await loadPlugins('/nowhere', { preHooks: [], postHooks: [] })).toBeUndefined();
});
