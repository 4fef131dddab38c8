import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { writeTar, type TarEntry } from '@openfunction/artifact';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { download, upload } from './exchange-client.ts';
import { httpExchange, type HttpExchange } from './http-exchange.ts';
import { packOutput, unpackOutput, type BuildOutput } from './output-archive.ts';

const key = Buffer.alloc(32, 7);
const output: BuildOutput = {
  manifest: Buffer.from('{}'),
  bundle: Buffer.from('code'),
  assets: new Uint8Array(),
  caches: [{ key: 'v24.1.0-x64-123', bytes: Buffer.from('cache') }],
};
let dir = '';
let exchange: HttpExchange;
const site = (): { socketPath: string } => ({ socketPath: join(dir, 'x.sock') });
const open = (): Promise<HttpExchange> => httpExchange({ listen: { path: join(dir, 'x.sock') }, key, dir: join(dir, 'out') });

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ofn-x-'));
  exchange = await open();
});
afterEach(async () => {
  await exchange.close();
  await rm(dir, { recursive: true, force: true });
});

function status(method: string, url: string, body?: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, ...site(), agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

describe('httpExchange', () => {
  it('gives source and credentials once, and takes one output', async () => {
    const env = exchange.open('u1', { source: async () => Buffer.from('tar'), credentials: { npmrc: 'registry=x' } });
    expect(env['OFN_EXCHANGE_SOCKET']).toBe(join(dir, 'x.sock'));
    expect((await download(env['OFN_SOURCE'] ?? '', site(), 100)).toString()).toBe('tar');
    expect(JSON.parse((await download(env['OFN_CREDENTIALS'] ?? '', site(), 100)).toString())).toEqual({ npmrc: 'registry=x' });
    await expect(download(env['OFN_CREDENTIALS'] ?? '', site(), 100)).rejects.toThrow(/410/);
    await upload(env['OFN_OUTPUT'] ?? '', await packOutput(output), site());
    // Who did not hear the answer says it again, and changes nothing by that.
    await upload(env['OFN_OUTPUT'] ?? '', await packOutput({ ...output, bundle: Buffer.from('other') }), site());
    const taken = await exchange.collect('u1');
    expect(Buffer.from(taken.bundle).toString()).toBe('code');
    expect(taken.caches.map((each) => each.key)).toEqual(['v24.1.0-x64-123']);
  });

  it('knows only paths of builds that run, and each for one thing', async () => {
    const env = exchange.open('u1', { source: async () => Buffer.from('tar') });
    expect(new URL(env['OFN_OUTPUT'] ?? '').pathname).toMatch(/^\/[\w-]{43}$/);
    expect(await status('GET', 'http://x/')).toBe(404);
    expect(await status('GET', `http://x/${'A'.repeat(43)}`)).toBe(404);
    expect(await status('GET', env['OFN_OUTPUT'] ?? '')).toBe(404);
    expect(await status('POST', env['OFN_SOURCE'] ?? '', Buffer.from('x'))).toBe(404);
    await exchange.release('u1');
    expect(await status('GET', env['OFN_SOURCE'] ?? '')).toBe(404);
  });

  it('finds its doors and outputs again after a restart', async () => {
    const env = exchange.open('u1', {});
    await upload(env['OFN_OUTPUT'] ?? '', await packOutput(output), site());
    await exchange.close();
    exchange = await open();
    expect(exchange.open('u1', {})).toEqual(env);
    expect(Buffer.from((await exchange.collect('u1')).bundle).toString()).toBe('code');
    expect(exchange.open('u2', {})['OFN_OUTPUT']).not.toBe(env['OFN_OUTPUT']);
    await exchange.keepOnly(() => new Set(['u2']));
    expect(await readdir(join(dir, 'out'))).toEqual([]);
    await expect(exchange.collect('u1')).rejects.toMatchObject({ code: 'BuildFailed' });
  });
});

describe('the output of a build', () => {
  const file = (path: string, text = ''): TarEntry => ({ path, kind: 'file', bytes: Buffer.from(text) });
  const whole = [file('manifest.json', '{}'), file('bundle.js'), file('assets.tar')];
  const read = async (entries: TarEntry[]): Promise<BuildOutput> => unpackOutput(Readable.from([await writeTar(entries)]));

  it('is read when every part is there', async () => {
    await expect(read(whole)).resolves.toMatchObject({ caches: [] });
  });

  it.each([
    ['an unknown part', [...whole, file('more')]],
    ['a cache with a strange name', [...whole, file('caches/../x')]],
    ['a missing part', whole.slice(1)],
    ['too many caches', [...whole, ...[1, 2, 3].map((each) => file(`caches/v1-x64-${each}`))]],
    ['a folder', [...whole, { path: 'caches', kind: 'folder' as const }]],
    ['a description that is too large', [file('manifest.json', 'x'.repeat((1 << 20) + 1)), ...whole.slice(1)]],
  ])('is refused with %s', async (_what, entries) => {
    await expect((async () => read(entries))()).rejects.toThrow();
  });
});
