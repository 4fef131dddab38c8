import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { functionKind, keyOf, servingKind, type OFunction } from '@openfunction/resources';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createEmbedded, type Embedded } from './create-embedded.ts';

let data: string;
let platform: Embedded;
const patience = { timeout: 20_000 };

beforeEach(async () => {
  data = mkdtempSync(path.join(tmpdir(), 'ofn-m-'));
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

type Serving = NonNullable<OFunction['spec']['serving']>;

async function deploy(name: string, source: string, serving: Serving): Promise<OFunction> {
  const image = `registry.local/tests/${name}:v1`;
  await platform.artifacts.put(image, {
    manifest: { runtime: 'node', format: 'cjs', exports: ['main'], entry: 'index.js' },
    bundle: Buffer.from(source),
    assets: new Uint8Array(),
  });
  return platform.store.create(functionKind, {
    apiVersion: 'core.openfunction.io/v1beta2',
    kind: 'Function',
    metadata: { namespace: 'default', name },
    spec: { image, serving: { ...serving, params: { FUNCTION_TARGET: 'main', FUNCTION_SIGNATURE_TYPE: 'openfunction' } } },
  });
}

function call(name: string, body?: string): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(platform.address);
  const method = body === undefined ? 'GET' : 'POST';
  return new Promise((resolve, reject) => {
    request({ hostname, port, method, headers: { host: `${name}.default.localhost` } }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => (text += part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
    })
      .on('error', reject)
      .end(body);
  });
}

async function condition(fn: OFunction, type: string): Promise<unknown> {
  return (await platform.store.get(functionKind, keyOf(fn)))?.status?.conditions?.find((one) => one.type === type);
}

async function readyReplicas(fn: OFunction): Promise<number | undefined> {
  const { namespace = '' } = fn.metadata;
  const name = (await platform.store.get(functionKind, keyOf(fn)))?.status?.serving?.lastSuccessfulResourceRef;
  return name === undefined ? undefined : (await platform.store.get(servingKind, { namespace, name }))?.status?.readyReplicas;
}

const orders = { orders: { type: 'pubsub.in-memory' } };

it('brings what one function publishes to another that nobody calls, which keeps state', async () => {
  const front = await deploy('front', 'exports.main = async (ctx, data) => { await ctx.send(data, "orders"); ctx.res.send("sent"); };', {
    pubsub: orders,
    outputs: [{ dapr: { name: 'orders', topic: 'new' } }],
    triggers: { http: {} },
  });
  const counter = await deploy(
    'counter',
    `exports.main = async (ctx, data) => {
      const seen = (await ctx.state.get({ key: 'seen' }, 'cart')) || [];
      if (ctx.event === undefined) return void ctx.res.send(JSON.stringify(seen));
      await ctx.state.save({ states: [{ key: 'seen', value: [...seen, JSON.parse(data)] }] }, 'cart');
    };`,
    {
      pubsub: orders,
      states: { cart: { spec: { type: 'state.in-memory' } } },
      triggers: { http: {}, dapr: [{ name: 'orders', topic: 'new' }] },
      containerConcurrency: 1,
    },
  );
  for (const fn of [front, counter])
    await expect.poll(() => condition(fn, 'Delivering'), patience).toMatchObject({ status: 'True', observedGeneration: 1 });
  await expect.poll(() => call('front', '{"id":1}'), patience).toEqual({ status: 200, body: 'sent' });
  await expect.poll(() => call('counter'), patience).toEqual({ status: 200, body: '[{"id":1}]' });
}, 60_000);

it('says in the status what keeps messages away', async () => {
  const fn = await deploy('broken', 'exports.main = async () => {};', {
    pubsub: { orders: { type: 'pubsub.redsi' } },
    triggers: { dapr: [{ name: 'orders', topic: 'new' }] },
  });
  await expect
    .poll(() => condition(fn, 'Ready'), patience)
    .toMatchObject({
      status: 'False',
      reason: 'ComponentInvalid',
      message: expect.stringContaining('pubsub.redis') as string,
    });
}, 60_000);

it('has instances for a trigger of KEDA that nobody calls, of a function that takes requests alone', async () => {
  // All year but for its last minute.
  const always = { timezone: 'UTC', start: '59 23 31 12 *', end: '58 23 31 12 *', desiredReplicas: 2 };
  const fn = await deploy('ready', 'exports.main = async (ctx) => ctx.res.send("ok");', {
    triggers: { http: {} },
    scaleOptions: { keda: { triggers: [{ type: 'cron', metadata: always }] } },
  });
  await expect.poll(() => readyReplicas(fn), patience).toBe(2);
  expect(await condition(fn, 'Honoured')).toMatchObject({ status: 'True' });
}, 60_000);

it('says in the status what is wrong with a trigger of KEDA, and takes requests all the same', async () => {
  const fn = await deploy('called', 'exports.main = async (ctx) => ctx.res.send("ok");', {
    triggers: { http: {} },
    scaleOptions: { keda: { triggers: [{ type: 'kafak', metadata: {} }] } },
  });
  await expect
    .poll(() => condition(fn, 'Delivering'), patience)
    .toMatchObject({ status: 'True', reason: 'ScalerInvalid', message: expect.stringContaining('Did you mean "kafka"?') as string });
  await expect.poll(() => call('called'), patience).toEqual({ status: 200, body: 'ok' });
}, 60_000);
