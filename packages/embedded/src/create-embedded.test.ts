import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { writeTar } from '@openfunction/artifact';
import { functionKind, keyOf, type OFunction } from '@openfunction/resources';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createEmbedded, type Embedded } from './create-embedded.ts';

let data: string;
let platform: Embedded;

beforeEach(async () => {
  data = mkdtempSync(path.join(tmpdir(), 'ofn-e-'));
  platform = await createEmbedded({
    data,
    port: 0,
    domain: 'localhost',
    poolSize: 1,
    log: () => {},
    searchPath: '/usr/local/bin:/usr/bin:/bin',
  });
});
afterEach(async () => {
  await platform.close();
  rmSync(data, { recursive: true, force: true });
});

function hello(image: string): OFunction {
  return {
    apiVersion: 'core.openfunction.io/v1beta2',
    kind: 'Function',
    metadata: { namespace: 'default', name: 'hello' },
    spec: {
      image,
      serving: { params: { FUNCTION_TARGET: 'hello', FUNCTION_SIGNATURE_TYPE: 'http', NAME: 'World' }, triggers: { http: { port: 8080 } } },
    },
  };
}

function call(host: string): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(platform.address.includes('://') ? platform.address : `http://${platform.address}`);
  return new Promise((resolve, reject) => {
    request({ hostname, port, headers: { host } }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => (body += text));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    })
      .on('error', reject)
      .end();
  });
}

it('answers the first request to a Function whose image names a module artifact', async () => {
  await platform.artifacts.put('registry.local/samples/hello:v1', {
    manifest: { runtime: 'node', format: 'cjs', exports: ['hello'], entry: 'index.js' },
    bundle: Buffer.from("exports.hello = (req, res) => res.send('Hello, ' + process.env.NAME);"),
    assets: new Uint8Array(),
  });
  await platform.store.create(functionKind, hello('registry.local/samples/hello:v1'));
  await expect.poll(() => call('hello.default.localhost'), { timeout: 15_000 }).toEqual({ status: 200, body: 'Hello, World' });
});

it('refuses a host that no function has', async () => {
  const { status, body } = await call('nobody.default.localhost');
  expect(status).toBe(404);
  expect(JSON.parse(body)).toMatchObject({ code: 'NoRoute' });
});

it('says in the status why a Function without an artifact is not ready', async () => {
  const made = await platform.store.create(functionKind, hello('registry.local/samples/missing:v1'));
  await expect
    .poll(
      async () => (await platform.store.get(functionKind, keyOf(made)))?.status?.conditions?.find((one) => one.type === 'Ready')?.status,
      { timeout: 15_000 },
    )
    .toBe('False');
});

it('says in the status that an image without a function module cannot run', async () => {
  const image = 'registry.local/samples/other:v1';
  await platform.artifacts.putSource(image, await writeTar([{ path: 'a', kind: 'file', bytes: Buffer.from('x') }]));
  const made = await platform.store.create(functionKind, hello(image));
  await expect
    .poll(async () => (await platform.store.get(functionKind, keyOf(made)))?.status?.serving?.reason, { timeout: 15_000 })
    .toBe('ArtifactNotRunnable');
});
