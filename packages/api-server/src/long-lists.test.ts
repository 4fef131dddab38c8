import { once } from 'node:events';
import { request as httpsRequest } from 'node:https';
import { createInterface } from 'node:readline';
import { memoryStore, type Store } from '@openfunction/store';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ApiKind } from './api-kind.ts';
import { createApiServer, type ApiServer } from './api-server.ts';
import { sendTo } from './testing/recorded/kubeconfig-send.ts';
import { selfSigned } from './testing/self-signed.ts';

const kind: ApiKind = {
  group: 'core.openfunction.io',
  version: 'v1beta2',
  kind: 'Function',
  plural: 'functions',
  namespaced: true,
  hasStatus: true,
};
const functions = '/apis/core.openfunction.io/v1beta2/namespaces/default/functions';
const many = 10_000;
const options = async (): Promise<{ ca: string; headers: Record<string, string>; tls: { key: string; cert: string } }> => {
  const tls = await selfSigned();
  return { ca: tls.cert, headers: { authorization: 'Bearer secret' }, tls };
};

let store: Store;
let server: ApiServer;
let asking: Awaited<ReturnType<typeof options>>;

const functionOf = (name: string): Parameters<Store['create']>[1] => ({
  apiVersion: 'core.openfunction.io/v1beta2',
  kind: 'Function',
  metadata: { name, namespace: 'default' },
  spec: { image: `registry.local/${name}:v1`, serving: { params: { NAME: name }, scaleOptions: { maxReplicas: 10 } } },
});

beforeAll(async () => {
  store = memoryStore({ historyLimit: 20_000 });
  for (let index = 0; index < many; index += 1) await store.create(kind, functionOf(`fn-${index}`));
  asking = await options();
  server = await createApiServer({ store, kinds: [kind], tls: asking.tls, token: 'secret', version: '0.1.0' });
}, 60_000);
afterAll(() => server?.close());

interface Page {
  metadata: { continue?: string; resourceVersion: string };
  items: { metadata: { name: string } }[];
}

async function page(query: string): Promise<Page> {
  const send = sendTo(server.url, { ca: asking.ca, headers: asking.headers });
  return JSON.parse((await send({ method: 'GET', path: `${functions}?${query}`, headers: {} })).text) as Page;
}

/** Names of what a watch tells, as it tells it. */
async function watching(resourceVersion: string): Promise<{ next(): Promise<string>; close(): void }> {
  const request = httpsRequest(`${server.url}${functions}?watch=true&resourceVersion=${resourceVersion}`, {
    ca: asking.ca,
    headers: asking.headers,
  });
  request.end();
  const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream];
  const lines = createInterface({ input: response })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const step = await lines.next();
    return step.done === true ? 'ended' : (JSON.parse(step.value) as { object: { metadata: { name: string } } }).object.metadata.name;
  };
  return { next, close: () => request.destroy() };
}

test('pages through 10,000 Functions, each once, while a watch is told of every change before the last page', async () => {
  const seen = new Set<string>();
  const told: string[] = [];
  let at = await page('limit=500');
  const watch = await watching(at.metadata.resourceVersion);
  for (;;) {
    for (const { metadata } of at.items) seen.add(metadata.name);
    if (!at.metadata.continue) break;
    const made = store.create(kind, functionOf(`zz-${told.length}`));
    const next = page(`limit=500&continue=${encodeURIComponent(at.metadata.continue)}`);
    await made;
    told.push(await watch.next());
    at = await next;
  }
  watch.close();
  expect([...seen].filter((name) => name.startsWith('fn-'))).toHaveLength(many);
  expect(told).toEqual(told.map((_name, index) => `zz-${index}`));
  expect(told.length).toBeGreaterThanOrEqual(many / 500 - 1);
});

test('answers others while one asks for all of them at once', async () => {
  let answered = 0;
  let isDone = false;
  const all = page('').then(({ items }) => {
    isDone = true;
    return items.length;
  });
  while (!isDone) {
    expect((await page('limit=1')).items).toHaveLength(1);
    answered += 1;
  }
  expect(await all).toBeGreaterThanOrEqual(many);
  // The last one may have been on its way when the long answer was complete.
  expect(answered).toBeGreaterThan(2);
});
