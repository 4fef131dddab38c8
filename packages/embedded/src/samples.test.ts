import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { writeTar } from '@openfunction/artifact';
import { codeCacheKey } from '@openfunction/functions-framework/runner';
import type { UploadRequest } from '@openfunction/protocol';
import { functionKind } from '@openfunction/resources';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEmbedded, type Embedded } from './create-embedded.ts';

const samples = path.resolve(import.meta.dirname, '../../../samples');
let data: string;
let platform: Embedded;

/** As `ofn deploy` does it: the folder is uploaded, and the Function says how to build it. */
async function deploy(name: string, env: { FUNC_NAME: string; FUNC_TYPE: string }): Promise<void> {
  const image = `registry.local/samples/${name}:v1`;
  const tar = await tarOf(path.join(samples, name));
  const messages = async function* (): AsyncIterable<UploadRequest> {
    yield { ref: image };
    yield { chunk: tar };
  };
  const uploaded = await platform.builder.upload(messages(), AbortSignal.timeout(10_000));
  await platform.store.create(functionKind, {
    apiVersion: 'core.openfunction.io/v1beta2',
    kind: 'Function',
    metadata: { namespace: 'default', name },
    spec: {
      image,
      build: { builder: 'openfunction/builder-node:latest', env, srcRepo: { bundleContainer: { image: uploaded.image } } },
      serving: { triggers: { http: { port: 8080 } } },
    },
  });
}

function tarOf(folder: string): Promise<Uint8Array> {
  const files = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((each) => each.isFile());
  return writeTar(
    files.map(({ parentPath, name }) => {
      const file = path.join(parentPath, name);
      return { path: path.relative(folder, file), kind: 'file', bytes: readFileSync(file) };
    }),
  );
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

// Where bubblewrap is looked for: nowhere, so that Node's permission model is what guards the builds and the functions.
describe.each([
  ['the sandbox that this machine has', '/usr/local/bin:/usr/bin:/bin'],
  ["Node's permission model", ''],
])('the samples, built from their folders under %s', (_name, searchPath) => {
  beforeAll(async () => {
    data = mkdtempSync(path.join(tmpdir(), 'ofn-s-'));
    platform = await createEmbedded({ data, port: 0, domain: 'localhost', poolSize: 2, log: () => {}, searchPath });
  });
  afterAll(async () => {
    await platform.close();
    rmSync(data, { recursive: true, force: true });
  });

  it('runs the CommonJS sample, and a function that calls it by its cluster-local name', async () => {
    await deploy('hello-world', { FUNC_NAME: 'helloWorld', FUNC_TYPE: 'http' });
    await expect.poll(() => call('hello-world'), { timeout: 15_000 }).toEqual({ status: 200, body: 'Hello, World!\n' });
    await deploy('aggregate', { FUNC_NAME: 'aggregate', FUNC_TYPE: 'openfunction' });
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
    await deploy('events', { FUNC_NAME: 'onEvent', FUNC_TYPE: 'cloudevent' });
    const event = { 'ce-id': '1', 'ce-source': '/test', 'ce-type': 'made', 'ce-specversion': '1.0', 'content-type': 'application/json' };
    await expect
      .poll(async () => (await call('events', { method: 'POST', headers: event, body: '{}' })).status, { timeout: 15_000 })
      .toBeLessThan(300);
  });

  it('runs the TypeScript sample, with the file beside its source and its path parameter', async () => {
    await deploy('greeter', { FUNC_NAME: 'greet', FUNC_TYPE: 'http' });
    await expect
      .poll(() => call('greeter', { path: '/greet/Ada?lang=de' }), { timeout: 15_000 })
      .toEqual({ status: 200, body: '{"greeting":"Hallo, Ada"}' });
  });

  it('keeps a code cache of each beside it, for the Node that runs it', async () => {
    for (const name of ['hello-world', 'greeter', 'events', 'aggregate']) {
      const { caches } = await platform.artifacts.get(`registry.local/samples/${name}:v1`);
      expect(caches.map((each) => each.key)).toEqual([codeCacheKey()]);
    }
  });
});
