import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';

const root = mkdtempSync(path.join(tmpdir(), 'ofn-alone-'));
const main = path.join(import.meta.dirname, 'main.ts');
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Alone {
  child: ChildProcess;
  url: string;
  output(): string;
}

let folders = 0;
function folder(files: Record<string, string>): string {
  const dir = path.join(root, String((folders += 1)));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
    writeFileSync(path.join(dir, name), content);
  }
  return dir;
}

function start(cwd: string, env: Record<string, string>, args: string[] = []): { child: ChildProcess; output(): string } {
  const child = spawn(process.execPath, ['--conditions=@openfunction/source', main, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  return { child, output: () => output };
}

async function alone(cwd: string, env: Record<string, string> = {}, args: string[] = []): Promise<Alone> {
  const { child, output } = start(cwd, env, args);
  await expect.poll(output, { timeout: 10_000 }).toMatch(/listens on|Error|:/);
  const port = /"port":(\d+)/.exec(output())?.[1];
  expect(port, output()).toBeDefined();
  return { child, output, url: `http://127.0.0.1:${port}` };
}

const text = async (url: string, init?: RequestInit): Promise<string> => (await fetch(url, init)).text();

test('a function of the folder is served by what the environment says', async () => {
  const dir = folder({ 'index.js': `exports.greet = (ctx, data) => ({ hello: data.name, by: ctx.name });` });
  const { url } = await alone(dir, {
    FUNCTION_TARGET: 'greet',
    FUNCTION_SIGNATURE_TYPE: 'openfunction',
    FUNC_CONTEXT: JSON.stringify({ name: 'greeter', version: 'v1' }),
  });
  const answer = await text(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"name":"ann"}' });
  expect(answer).toBe('{"hello":"ann","by":"greeter"}');
});

test('options go before the environment, and a source may be elsewhere', async () => {
  const dir = folder({ 'code/function.js': `exports.a = (req, res) => res.send('a'); exports.b = { c: (req, res) => res.send('c') };` });
  const { url } = await alone(dir, { FUNCTION_TARGET: 'a', FUNCTION_SOURCE: dir }, ['--target=b.c', '--source=code']);
  expect(await text(url)).toBe('c');
});

test('an ES module that registers itself with either framework is served, plugins too', async () => {
  const dir = folder({
    'package.json': '{"type":"module"}',
    'index.js': `import functions from '@google-cloud/functions-framework'; import { openfunction } from '@openfunction/functions-framework';
      functions.http('other', (req, res) => res.send('other')); openfunction('main', (ctx) => ctx.locals.from, { path: '/main/{id}' });`,
    'plugins/mark.js': `import { Plugin } from '@openfunction/functions-framework';
      export class Mark extends Plugin { static Name = 'mark'; execPreHook(ctx) { ctx.locals.from = 'plugin ' + ctx.req.params.id; } }`,
  });
  const { url } = await alone(dir, { FUNCTION_TARGET: 'main', FUNC_CONTEXT_V1BETA2: '{"preHooks":["mark"]}' });
  expect(await text(`${url}/main/7`)).toBe('plugin 7');
  expect((await fetch(`${url}/other`)).status).toBe(404);
});

test('functions that are only registered need no name, and are told apart by their paths', async () => {
  const dir = folder({
    'index.js': `const { http } = require('@openfunction/functions-framework');
      http('foo', (req, res) => res.send('foo'), { path: '/foo' }); http('bar', (req, res) => res.send('bar'), { path: '/bar' });`,
  });
  const { url } = await alone(dir);
  expect([await text(`${url}/foo`), await text(`${url}/bar`)]).toEqual(['foo', 'bar']);
  expect((await fetch(`${url}/`)).status).toBe(404);
});

test('one function that is exported needs no name, of several one is to be named', async () => {
  const one = await alone(folder({ 'index.js': `exports.notes = 1; exports.main = (req, res) => res.send('main');` }));
  expect(await text(one.url)).toBe('main');
  const { child, output } = start(folder({ 'index.js': `exports.a = () => {}; exports.b = () => {};` }), {});
  await once(child, 'exit');
  expect(output()).toContain('not said which function is to be called; the code has "a", "b". Set FUNCTION_TARGET');
});

test('it answers what is in flight and then ends when it is told to', async () => {
  const dir = folder({
    'index.js': `exports.function = (req, res) => { console.log('called'); setTimeout(() => res.send('done'), 100); };`,
  });
  const { child, url, output } = await alone(dir);
  const call = text(url);
  await expect.poll(output).toContain('called');
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await call).toBe('done');
  expect((await ended)[0]).toBe(0);
});

test('a function that takes too long is answered for', async () => {
  const dir = folder({ 'index.js': `exports.function = () => new Promise(() => {});` });
  const { url } = await alone(dir, {}, ['--timeout=0.05']);
  const answer = await fetch(url);
  expect([answer.status, await answer.json()]).toMatchObject([504, { code: 'FunctionTimeout' }]);
});

test.each([
  ['a target that is not there', { FUNCTION_TARGET: 'missing' }, 'FunctionNotFound: The code has no function "missing"; it has "there"'],
  ['an unknown signature', { FUNCTION_TARGET: 'there', FUNCTION_SIGNATURE_TYPE: 'odd' }, 'The signature "odd" is unknown'],
  ['a broken context', { FUNCTION_TARGET: 'there', FUNC_CONTEXT: '{' }, 'InvalidFunctionContext: '],
  ['a hook without its plugin', { FUNCTION_TARGET: 'there', FUNC_CONTEXT: '{"prePlugins":["x"]}' }, 'HookNotFound: '],
])('%s is said in a sentence, without a stack', async (_name, env, wanted) => {
  const { child, output } = start(folder({ 'index.js': 'exports.there = () => 1;' }), env);
  expect((await once(child, 'close'))[0]).toBe(1);
  expect(output()).toContain(wanted);
  expect(output()).not.toContain('    at ');
});
