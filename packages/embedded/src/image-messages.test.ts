import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { pushProgramImage, startRegistry, type TestRegistry } from '@openfunction/images/testing';
import { findContainers } from '@openfunction/local';
import { functionKind, keyOf, type OFunction } from '@openfunction/resources';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEmbedded, type Embedded } from './create-embedded.ts';

const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const found = findContainers(process.platform, searchPath);
const patience = { timeout: 60_000, interval: 100 };
const orders = { orders: { type: 'pubsub.in-memory' } };

const front = 'exports.main = async (ctx, data) => { await ctx.send(data, "orders"); ctx.res.send("sent"); };';

/** A program of this folder with all that it needs, as one module. */
async function bundled(file: string): Promise<Buffer> {
  const { outputFiles } = await build({
    entryPoints: [path.join(import.meta.dirname, file)],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    conditions: ['@openfunction/source'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  return Buffer.from(outputFiles[0]!.contents);
}

interface Brought {
  method: string;
  url: string;
  type?: string;
  data?: unknown;
}

describe.skipIf('missing' in found)(
  'messages of images that speak the wire of the first frameworks (needs runc and user namespaces)',
  () => {
    let data: string;
    let registry: TestRegistry;
    let platform: Embedded;
    beforeEach(async () => {
      data = mkdtempSync(path.join(tmpdir(), 'ofn-im-'));
      registry = await startRegistry();
      platform = await createEmbedded({ data, port: 0, domain: 'localhost', poolSize: 1, log: () => {}, searchPath });
    });
    afterEach(async () => {
      await platform.close();
      await registry.close();
      rmSync(data, { recursive: true, force: true });
    });

    function deploy(name: string, image: string, serving: OFunction['spec']['serving']): Promise<OFunction> {
      const metadata = { namespace: 'default', name };
      return platform.store.create(functionKind, {
        apiVersion: 'core.openfunction.io/v1beta2',
        kind: 'Function',
        metadata,
        spec: { image, serving },
      });
    }
    async function deployModule(name: string, source: string, serving: OFunction['spec']['serving']): Promise<void> {
      const image = `registry.local/tests/${name}:v1`;
      await platform.artifacts.put(image, {
        manifest: { runtime: 'node', format: 'cjs', exports: ['main'], entry: 'index.js' },
        bundle: Buffer.from(source),
        assets: new Uint8Array(),
      });
      const params = { FUNCTION_TARGET: 'main', FUNCTION_SIGNATURE_TYPE: 'openfunction' };
      await deploy(name, image, { pubsub: orders, triggers: { http: {} }, params, ...serving });
    }
    function call(name: string, body?: string): Promise<{ status: number; body: string }> {
      const { hostname, port } = new URL(platform.address);
      return new Promise((resolve, reject) => {
        const method = body === undefined ? 'GET' : 'POST';
        const asked = request({ hostname, port, method, headers: { host: `${name}.default.localhost` } }, (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (part: string) => (text += part));
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
        });
        asked.on('error', reject).end(body);
      });
    }
    const condition = async (fn: OFunction, type: string): Promise<unknown> =>
      (await platform.store.get(functionKind, keyOf(fn)))?.status?.conditions?.find((one) => one.type === type);

    const asker = `
    exports.main = async (ctx, data) => {
      const answer = await fetch(process.env.DAPR_HTTP_ENDPOINT + '/v1.0/invoke/wire-default/method/brought', {
        method: 'POST', headers: { 'dapr-api-token': process.env.DAPR_API_TOKEN },
      });
      ctx.res.send(await answer.text());
    };`;

    const sink = `
    const seen = [];
    exports.main = async (ctx, data) => {
      if (ctx.event === undefined) return void ctx.res.send(JSON.stringify(seen));
      seen.push(JSON.stringify(data));
    };`;
    const passed = async (): Promise<unknown> => JSON.parse((await call('sink')).body);
    const deploySink = (): Promise<void> =>
      deployModule('sink', sink, { triggers: { http: {}, dapr: [{ name: 'orders', topic: 'passed' }] } });
    const outputs = [{ dapr: { name: 'orders', topic: 'passed' } }];

    it('brings them by gRPC unless the image says otherwise, and again what it gives back; other functions call it', async () => {
      const program = await bundled('testing/grpc-wire.ts');
      const image = await pushProgramImage(registry, 'tests/grpc-wire:v1', program);
      const fn = await deploy('wire', image, {
        bindings: { tick: { type: 'bindings.cron', metadata: [{ name: 'schedule', value: '@every 1s' }] } },
        pubsub: orders,
        triggers: { dapr: [{ name: 'tick' }, { name: 'orders', topic: 'made' }] },
        outputs,
        params: { FAILURES: '1' },
      });
      await deploySink();
      await deployModule('front', front, { outputs: [{ dapr: { name: 'orders', topic: 'made' } }] });
      await deployModule('asker', asker, { outputs: [{ dapr: { name: 'orders', topic: 'made' } }] });
      await expect.poll(() => condition(fn, 'Delivering'), patience).toMatchObject({ status: 'True' });
      await expect.poll(() => call('front', '{"id":1}'), patience).toEqual({ status: 200, body: 'sent' });
      const brought = async (): Promise<unknown> => JSON.parse((await call('asker')).body);
      const message = { pubsubName: 'orders', topic: 'made', data: '{"id":1}', isRuntime: true };
      await expect.poll(brought, patience).toEqual(expect.arrayContaining([{ name: 'tick' }, message]));
      await expect.poll(passed, patience).toEqual(['{"id":1}']);
    }, 120_000);

    it('brings them by HTTP where the image says so: bindings by their names, topics where the image asks for them', async () => {
      const program = readFileSync(path.join(import.meta.dirname, 'testing/http-wire.mjs'));
      const image = await pushProgramImage(registry, 'tests/http-wire:v1', program);
      const fn = await deploy('wire', image, {
        annotations: { 'dapr.io/app-protocol': 'http' },
        bindings: { tick: { type: 'bindings.cron', metadata: [{ name: 'schedule', value: '@every 1s' }] } },
        pubsub: orders,
        outputs,
        triggers: { http: {}, dapr: [{ name: 'tick' }, { name: 'orders', topic: 'made' }] },
      });
      await deploySink();
      await deployModule('front', front, { outputs: [{ dapr: { name: 'orders', topic: 'made' } }] });
      await expect.poll(() => condition(fn, 'Delivering'), patience).toMatchObject({ status: 'True' });
      await expect.poll(() => call('front', '{"id":1}'), patience).toEqual({ status: 200, body: 'sent' });
      const brought = async (): Promise<Brought[]> => JSON.parse((await call('wire')).body) as Brought[];
      await expect.poll(async () => (await brought()).map(({ url }) => url), patience).toEqual(expect.arrayContaining(['/tick', '/made']));
      const all = await brought();
      expect(new Set(all.map(({ method, url }) => `${method} ${url}`))).toEqual(new Set(['POST /tick', 'POST /made']));
      expect(all.find(({ url }) => url === '/made')).toMatchObject({ type: 'application/cloudevents+json', data: '{"id":1}' });
      await expect.poll(passed, patience).toEqual([expect.stringContaining('1')]);
    }, 120_000);
  },
);
