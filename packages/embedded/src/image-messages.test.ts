import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pushProgramImage, startRegistry, type TestRegistry } from '@openfunction/images/testing';
import { findContainers } from '@openfunction/local';
import { functionKind, keyOf, type OFunction } from '@openfunction/resources';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEmbedded, type Embedded } from './create-embedded.ts';

const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const found = findContainers(process.platform, searchPath);
const patience = { timeout: 60_000, interval: 100 };
const orders = { orders: { type: 'pubsub.in-memory' } };

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
    async function deployFront(): Promise<void> {
      const image = 'registry.local/tests/front:v1';
      const bundle = Buffer.from('exports.main = async (ctx, data) => { await ctx.send(data, "orders"); ctx.res.send("sent"); };');
      const manifest = { runtime: 'node', format: 'cjs', exports: ['main'], entry: 'index.js' } as const;
      await platform.artifacts.put(image, { manifest: { ...manifest, exports: [...manifest.exports] }, bundle, assets: new Uint8Array() });
      await deploy('front', image, {
        pubsub: orders,
        outputs: [{ dapr: { name: 'orders', topic: 'made' } }],
        triggers: { http: {} },
        params: { FUNCTION_TARGET: 'main', FUNCTION_SIGNATURE_TYPE: 'openfunction' },
      });
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

    it('brings them by HTTP where the image says so: bindings by their names, topics where the image asks for them', async () => {
      const program = readFileSync(path.join(import.meta.dirname, 'testing/http-wire.mjs'));
      const image = await pushProgramImage(registry, 'tests/http-wire:v1', program);
      const fn = await deploy('wire', image, {
        annotations: { 'dapr.io/app-protocol': 'http' },
        bindings: { tick: { type: 'bindings.cron', metadata: [{ name: 'schedule', value: '@every 1s' }] } },
        pubsub: orders,
        triggers: { http: {}, dapr: [{ name: 'tick' }, { name: 'orders', topic: 'made' }] },
      });
      await deployFront();
      await expect.poll(() => condition(fn, 'Delivering'), patience).toMatchObject({ status: 'True' });
      await expect.poll(() => call('front', '{"id":1}'), patience).toEqual({ status: 200, body: 'sent' });
      const brought = async (): Promise<Brought[]> => JSON.parse((await call('wire')).body) as Brought[];
      await expect.poll(async () => (await brought()).map(({ url }) => url), patience).toEqual(expect.arrayContaining(['/tick', '/made']));
      const all = await brought();
      expect(new Set(all.map(({ method, url }) => `${method} ${url}`))).toEqual(new Set(['POST /tick', 'POST /made']));
      expect(all.find(({ url }) => url === '/made')).toMatchObject({ type: 'application/cloudevents+json', data: '{"id":1}' });
    }, 120_000);
  },
);
