import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { codeCacheKey, codeCacheMaker, compileBundle } from './index.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'ofn-cache-'));
  mkdirSync(path.join(dir, 'work'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function make(bundle: string, manifest: object = {}): { caches: string[]; stderr: string } {
  writeFileSync(path.join(dir, 'bundle.js'), bundle);
  writeFileSync(path.join(dir, 'manifest.json'), JSON.stringify({ format: 'cjs', entry: 'index.js', exports: ['main'], ...manifest }));
  const rights = ['--permission', `--allow-fs-read=${dir}`, `--allow-fs-write=${dir}`];
  const { stderr } = spawnSync(process.execPath, [...rights, ...codeCacheMaker(), dir], { encoding: 'utf8', env: {} });
  try {
    return { caches: readdirSync(path.join(dir, 'out')), stderr };
  } catch {
    return { caches: [], stderr };
  }
}

function isAccepted(bundle: string, format: 'cjs' | 'async-cjs' = 'cjs'): boolean {
  const cache = readFileSync(path.join(dir, 'out', codeCacheKey()));
  return compileBundle(bundle, { format, filename: '/elsewhere/index.js', cache }).cachedDataRejected === false;
}

test('makes a cache that an instance of the same Node accepts', () => {
  const bundle = 'exports.main = (req, res) => res.json({ ok: true });';
  expect(make(bundle)).toMatchObject({ caches: [codeCacheKey()] });
  expect(isAccepted(bundle)).toBe(true);
});

test('puts what the first call compiles into it', () => {
  const heavy = Array.from({ length: 200 }, (_, at) => `function f${at}(x) { return [x, ${at}, String(x)].join('-').length; }`).join('\n');
  const calls = Array.from({ length: 200 }, (_, at) => `f${at}(1)`).join(' + ');
  const sizeOf = (target: string): number => {
    make(`${heavy}\nexports.main = (req, res) => res.json(${calls}); exports.idle = (req, res) => res.json(1);`, { target });
    return readFileSync(path.join(dir, 'out', codeCacheKey())).length;
  };
  expect(sizeOf('main')).toBeGreaterThan(sizeOf('idle') * 1.5);
});

test('calls a function of every signature', () => {
  for (const [signature, source] of [
    ['http', "exports.main = (req, res) => { mark('http ' + req.method); res.send('x'); }"],
    ['cloudevent', "exports.main = (event) => mark('cloudevent ' + event.type)"],
    ['openfunction', "exports.main = (ctx, data) => mark('openfunction')"],
  ]) {
    const mark = `const mark = (text) => require('node:fs').writeFileSync(__dirname + '/called', text);`;
    make(`${mark}${source}`, { signature });
    expect(readFileSync(path.join(dir, 'work/called'), 'utf8')).toContain(signature);
  }
});

test('makes one of a module that awaits, and of one that throws when called', () => {
  const awaits = 'await 0; exports.main = (req, res) => res.send("x");';
  expect(make(awaits, { format: 'async-cjs' }).caches).toHaveLength(1);
  expect(isAccepted(awaits, 'async-cjs')).toBe(true);
  expect(make('exports.main = () => { throw new Error("no") };').caches).toHaveLength(1);
});

test('makes none of a module that fails to load', () => {
  expect(make('throw new Error("needs a variable")')).toMatchObject({ caches: [], stderr: expect.stringContaining('needs a variable') });
});

test('lets the function reach no network, no file of the machine, and no program', () => {
  const secret = path.join(tmpdir(), `ofn-secret-${process.pid}`);
  writeFileSync(secret, 'hidden');
  const tries = `
    const found = [];
    const attempt = async (name, work) => { try { await work(); found.push(name); } catch {} };
    exports.main = async (req, res) => {
      await attempt('file', () => require('node:fs').readFileSync(${JSON.stringify(secret)}));
      await attempt('program', () => require('node:child_process').execFileSync('/bin/true'));
      await attempt('fetch', () => fetch('http://127.0.0.1:1/'));
      await attempt('parent', () => require('node:fs').readFileSync('/proc/' + process.ppid + '/environ'));
      require('node:fs').writeFileSync(__dirname + '/found', JSON.stringify(found));
      res.send('x');
    };`;
  try {
    make(tries);
    expect(JSON.parse(readFileSync(path.join(dir, 'work/found'), 'utf8'))).toEqual([]);
  } finally {
    rmSync(secret);
  }
});
