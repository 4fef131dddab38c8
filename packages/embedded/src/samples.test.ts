import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { writeTar, type TarEntry } from '@openfunction/artifact';
import { bundle } from '@openfunction/builder';
import { functionKind } from '@openfunction/resources';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createEmbedded, type Embedded } from './create-embedded.ts';

const samples = path.resolve(import.meta.dirname, '../../../samples');
let data: string;
let platform: Embedded;

beforeAll(async () => {
  data = mkdtempSync(path.join(tmpdir(), 'ofn-s-'));
  platform = await createEmbedded({
    data,
    port: 0,
    domain: 'localhost',
    poolSize: 2,
    log: () => {},
    searchPath: '/usr/local/bin:/usr/bin:/bin',
  });
});
afterAll(async () => {
  await platform.close();
  rmSync(data, { recursive: true, force: true });
});

interface Sample {
  name: string;
  entry: string;
  target: string;
  signature: 'http' | 'cloudevent' | 'openfunction';
}

async function deploy({ name, entry, target, signature }: Sample, files: TarEntry[] = []): Promise<void> {
  const made = await bundle({ dir: path.join(samples, name), entry });
  const image = `registry.local/samples/${name}:v1`;
  await platform.artifacts.put(image, {
    manifest: { runtime: 'node', format: made.format, exports: made.exports, entry },
    bundle: Buffer.from(made.code),
    assets: await writeTar(files),
  });
  await platform.store.create(functionKind, {
    apiVersion: 'core.openfunction.io/v1beta2',
    kind: 'Function',
    metadata: { namespace: 'default', name },
    spec: {
      image,
      serving: { params: { FUNCTION_TARGET: target, FUNCTION_SIGNATURE_TYPE: signature }, triggers: { http: { port: 8080 } } },
    },
  });
}

function call(
  name: string,
  options: { method?: string; path?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(platform.address.includes('://') ? platform.address : `http://${platform.address}`);
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        hostname,
        port,
        method: options.method ?? 'GET',
        path: options.path ?? '/',
        headers: { ...options.headers, host: `${name}.default.localhost` },
      },
      (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (text: string) => (body += text));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      },
    );
    sent.on('error', reject);
    sent.end(options.body);
  });
}

it('runs the CommonJS sample, and a function that calls it by its cluster-local name', async () => {
  await deploy({ name: 'hello-world', entry: 'index.js', target: 'helloWorld', signature: 'http' });
  await expect.poll(() => call('hello-world'), { timeout: 15_000 }).toEqual({ status: 200, body: 'Hello, World!\n' });
  await deploy({ name: 'aggregate', entry: 'index.mjs', target: 'aggregate', signature: 'openfunction' });
  await expect
    .poll(
      async () =>
        JSON.parse(
          (await call('aggregate', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"a":1}' })).body,
        ) as unknown,
      { timeout: 15_000 },
    )
    .toMatchObject({ answered: 'Hello, aggregate!' });
});

it('runs the CloudEvent sample', async () => {
  await deploy({ name: 'events', entry: 'index.mjs', target: 'onEvent', signature: 'cloudevent' });
  const event = { 'ce-id': '1', 'ce-source': '/test', 'ce-type': 'made', 'ce-specversion': '1.0', 'content-type': 'application/json' };
  await expect
    .poll(async () => (await call('events', { method: 'POST', headers: event, body: '{}' })).status, { timeout: 15_000 })
    .toBeLessThan(300);
});

it('runs the TypeScript sample, with the file beside its source and its path parameter', async () => {
  const file = 'src/greetings.json';
  const bytes = readFileSync(path.join(samples, 'greeter', file));
  await deploy({ name: 'greeter', entry: 'src/index.ts', target: 'greet', signature: 'http' }, [{ kind: 'file', path: file, bytes }]);
  await expect
    .poll(() => call('greeter', { path: '/greet/Ada?lang=de' }), { timeout: 15_000 })
    .toEqual({ status: 200, body: '{"greeting":"Hallo, Ada"}' });
});
