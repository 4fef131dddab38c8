import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'undici';
import { clientRate, produce } from './kafka-rate/client-rate.ts';
import { startKafka } from './kafka-rate/start-kafka.ts';
import { end } from './processes.ts';
import type { Result } from './result.ts';

const single = { topic: 'single', skip: 2_000, most: 22_000 };
const perBulk = 500;
const bulk = { topic: 'bulk', skip: 50_000, most: 300_000 };

/**
 * Messages of 100 bytes from one partition of a real broker to a function at a Unix socket: one POST each, in their order and so one
 * at a time, beside undici that does nothing else; and in bulk, beside the client library that only reads.
 */
export async function run(_options: { json: boolean }): Promise<Result[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-kafka-'));
  const children: ChildProcess[] = [];
  const kafka = await startKafka(folder);
  try {
    const socketPath = path.join(folder, 'app.sock');
    const app = fork(new URL('kafka-rate/app.ts', import.meta.url), [socketPath]);
    children.push(app);
    await once(app, 'message');
    await produce(kafka.port, single.topic, single.most);
    await produce(kafka.port, bulk.topic, bulk.most);
    const floors = {
      single: await postRate(app, socketPath, { ...single, path: '/messages', body: Buffer.alloc(100, 'x'), messages: 1 }),
      bulk: await clientRate(kafka.port, bulk.topic, bulk),
      wire: await postRate(app, socketPath, { ...bulk, path: '/bulk', body: bulkBody(), messages: perBulk }),
    };
    const ours = {
      single: await runtimeRate({ app, socketPath, folder: resources(folder, 'single', bindingOf(kafka.port)), children, ...single }),
      bulk: await runtimeRate({ app, socketPath, folder: resources(folder, 'bulk', subscriptionOf(kafka.port)), children, ...bulk }),
    };
    return [
      result('one POST each, one at a time', ours.single, { peer: floors.single, must: 0.5, of: 'undici to bare node:http' }),
      result('bulk subscription', ours.bulk, { peer: floors.bulk, must: 0.3, of: 'the client library' }),
      // Dapr's bulk is JSON with base64 in it: what an app that reads it can take at all.
      result('bulk subscription, by its wire', ours.bulk, { peer: floors.wire, must: 0.5, of: 'undici with ready-made bodies' }),
    ];
  } finally {
    await Promise.all(children.map((child) => end(child)));
    await kafka.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function result(name: string, value: number, { peer, must, of }: { peer: number; must: number; of: string }): Result {
  const ratio = value / peer;
  return {
    name: `kafka ${name}`,
    value: Math.round(value),
    unit: 'messages/s',
    must: `>= ${must} x ${of}`,
    peer: Math.round(peer),
    ratio: Math.round(ratio * 100) / 100,
    ok: ratio >= must,
  };
}

/** Tells the app what to count, and gives its answer. */
async function counted(app: ChildProcess, asked: { skip: number; most: number }): Promise<() => Promise<number>> {
  app.send(asked);
  await once(app, 'message');
  const finished = once(app, 'message') as Promise<[{ messages: number; ms: number }]>;
  return async () => {
    const [{ messages, ms }] = await finished;
    return messages / (ms / 1000);
  };
}

interface Posts {
  skip: number;
  most: number;
  path: string;
  body: Buffer;
  /** In one body. */
  messages: number;
}

async function postRate(app: ChildProcess, socketPath: string, { path: at, body, messages, ...asked }: Posts): Promise<number> {
  const rate = await counted(app, asked);
  const client = new Client('http://localhost', { socketPath });
  for (let count = 0; count < asked.most; count += messages) await (await client.request({ method: 'POST', path: at, body })).body.dump();
  await client.close();
  return rate();
}

interface RuntimeRate {
  app: ChildProcess;
  socketPath: string;
  folder: string;
  children: ChildProcess[];
  skip: number;
  most: number;
}

async function runtimeRate({ app, socketPath, folder, children, ...asked }: RuntimeRate): Promise<number> {
  const rate = await counted(app, asked);
  const runtime = fork(new URL('kafka-rate/runtime.ts', import.meta.url), [folder, socketPath], {
    execArgv: ['--conditions=@openfunction/source'],
  });
  children.push(runtime);
  const told = await rate();
  await end(runtime);
  return told;
}

/** As the runtime writes it. */
function bulkBody(): Buffer {
  const event = Buffer.alloc(100, 'x').toString('base64');
  const entries = Array.from({ length: perBulk }, (_each, index) => ({
    entryId: randomUUID(),
    event,
    contentType: 'application/octet-stream',
    metadata: { __topic: bulk.topic, __partition: '0', __offset: String(index), __timestamp: String(Date.now()) },
  }));
  return Buffer.from(
    JSON.stringify({ id: randomUUID(), entries, metadata: {}, pubsubname: 'bus', topic: bulk.topic, type: 'com.dapr.event.sent.bulk' }),
  );
}

function resources(folder: string, name: string, yaml: string): string {
  const own = path.join(folder, name);
  mkdirSync(own);
  writeFileSync(path.join(own, 'resources.yaml'), yaml);
  return own;
}

function component(name: string, type: string, metadata: Record<string, string>): string {
  const items = Object.entries(metadata).map(([key, value]) => `{name: ${key}, value: "${value}"}`);
  return `apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {name: ${name}}\nspec: {type: ${type}, version: v1, initTimeout: 30s, metadata: [${items.join(', ')}]}\n`;
}

function bindingOf(port: number): string {
  const metadata = {
    brokers: `127.0.0.1:${port}`,
    authType: 'none',
    topics: single.topic,
    consumerGroup: 'single',
    initialOffset: 'oldest',
    direction: 'input',
  };
  return component('messages', 'bindings.kafka', metadata);
}

function subscriptionOf(port: number): string {
  const metadata = { brokers: `127.0.0.1:${port}`, authType: 'none', consumerGroup: 'bulk', initialOffset: 'oldest' };
  const spec = `{pubsubname: bus, topic: ${bulk.topic}, route: /bulk, metadata: {rawPayload: "true"}, bulkSubscribe: {enabled: true, maxMessagesCount: ${perBulk}, maxAwaitDurationMs: 10}}`;
  return `${component('bus', 'pubsub.kafka', metadata)}---\napiVersion: dapr.io/v1alpha1\nkind: Subscription\nmetadata: {name: s}\nspec: ${spec}\n`;
}
