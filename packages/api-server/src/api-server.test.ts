import { request as httpsRequest } from 'node:https';
import { memoryStore, type Store } from '@openfunction/store';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ApiKind } from './api-kind.ts';
import { createApiServer, type ApiServer } from './api-server.ts';
import { validateCoreObject } from './core-objects.ts';
import { readJsonPath } from './json-path.ts';
import type { JsonObject } from './json.ts';
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

let tls: { key: string; cert: string };
let store: Store;
let server: ApiServer;

beforeAll(async () => {
  tls = await selfSigned();
  store = memoryStore({
    admission: {
      validate: (of, object, old) =>
        object.metadata.name.startsWith('bad')
          ? [{ field: 'spec.image', reason: 'FieldValueRequired', message: 'Required value' }]
          : validateCoreObject(of, object, old),
    },
  });
  server = await createApiServer({
    store,
    kinds: [kind],
    tls,
    token: 'secret',
    version: '0.1.0',
    metrics: () => 'things_total 3\n',
  });
});
afterAll(() => server?.close());

interface Asked {
  method?: string;
  headers?: Record<string, string>;
  body?: unknown;
}

function ask(
  path: string,
  { method = 'GET', headers = {}, body }: Asked = {},
): Promise<{ status: number; text: string; json: JsonObject }> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      `${server.url}${path}`,
      { method, ca: tls.cert, headers: { authorization: 'Bearer secret', ...headers } },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('error', reject);
        response.on('end', () => {
          const isOne = response.headers['content-type'] === 'application/json' && !text.trim().includes('\n');
          resolve({ status: response.statusCode ?? 0, text, json: isOne ? (JSON.parse(text) as JsonObject) : {} });
        });
      },
    );
    request.on('error', reject);
    request.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body));
  });
}

function make(name: string): ReturnType<typeof ask> {
  return ask(functions, { method: 'POST', body: { metadata: { name, labels: { test: name } }, spec: { image: 'one' } } });
}

function change(name: string, type: string, body: unknown): ReturnType<typeof ask> {
  return ask(`${functions}/${name}`, { method: 'PATCH', headers: { 'content-type': `application/${type}` }, body });
}

test('lets nobody in without the token', async () => {
  expect(await ask('/version', { headers: { authorization: 'Bearer wrong' } })).toMatchObject({
    status: 401,
    json: { reason: 'Unauthorized' },
  });
});

test('tells what is counted, to who has the token', async () => {
  expect(await ask('/metrics', { headers: { authorization: 'Bearer wrong' } })).toMatchObject({ status: 401 });
  expect(await ask('/metrics')).toMatchObject({ status: 200, text: 'things_total 3\n' });
});

test('refuses a body over 3 MB, announced or not', async () => {
  const body = 'x'.repeat(3 * 1024 * 1024 + 1);
  expect(await ask(functions, { method: 'POST', body, headers: { 'content-length': String(body.length) } })).toMatchObject({ status: 413 });
});

test('has no OpenAPI v2', async () => {
  expect((await ask('/openapi/v2')).status).toBe(404);
});

test('names the object and the fields that admission refuses', async () => {
  const cause = { field: 'spec.image', reason: 'FieldValueRequired', message: 'Required value' };
  const details = { group: 'core.openfunction.io', kind: 'Function', name: 'bad', causes: [cause] };
  expect(await make('bad')).toMatchObject({ status: 422, json: { kind: 'Status', reason: 'Invalid', details } });
});

test('refuses objects of a namespace that does not exist', async () => {
  const answer = await ask(functions.replace('/default/', '/nowhere/'), { method: 'POST', body: { metadata: { name: 'x' } } });
  expect(answer).toMatchObject({ status: 404, json: { message: 'namespaces "nowhere" not found' } });
});

test('patches our kinds by merge and by operations, but not strategically', async () => {
  await make('patched');
  expect((await change('patched', 'merge-patch+json', { spec: { image: 'two', old: null } })).json['spec']).toEqual({ image: 'two' });
  const operations = [
    { op: 'test', path: '/spec/image', value: 'two' },
    { op: 'add', path: '/spec/list', value: [1] },
    { op: 'add', path: '/spec/list/-', value: 2 },
  ];
  expect((await change('patched', 'json-patch+json', operations)).json['spec']).toEqual({ image: 'two', list: [1, 2] });
  expect((await change('patched', 'json-patch+json', [{ op: 'test', path: '/spec/image', value: 'x' }])).status).toBe(422);
  expect((await change('patched', 'strategic-merge-patch+json', {})).status).toBe(415);
});

test('refuses a write with a stale resourceVersion', async () => {
  const made = (await make('stale')).json;
  await change('stale', 'merge-patch+json', { spec: { image: 'two' } });
  expect(await ask(`${functions}/stale`, { method: 'PUT', body: made })).toMatchObject({ status: 409, json: { reason: 'Conflict' } });
});

test('writes status through its subresource only', async () => {
  const made = (await make('told')).json;
  await ask(`${functions}/told`, { method: 'PUT', body: { ...made, status: { phase: 'wrong' } } });
  const current = (await ask(`${functions}/told`)).json;
  expect(current['status']).toBeUndefined();
  await ask(`${functions}/told/status`, { method: 'PUT', body: { ...current, spec: { image: 'wrong' }, status: { phase: 'Ready' } } });
  expect((await ask(`${functions}/told`)).json).toMatchObject({ spec: { image: 'one' }, status: { phase: 'Ready' } });
});

test('keeps an object with finalizers until the last one goes', async () => {
  await ask(functions, { method: 'POST', body: { metadata: { name: 'kept', finalizers: ['test.io/keep'] } } });
  const deleting = await ask(`${functions}/kept`, { method: 'DELETE' });
  expect(readJsonPath(deleting.json, '.metadata.deletionTimestamp')).toBeDefined();
  await change('kept', 'merge-patch+json', { metadata: { finalizers: null } });
  expect((await ask(`${functions}/kept`)).status).toBe(404);
});

test('lists in pages', async () => {
  await make('page-a');
  await make('page-b');
  const first = (await ask(`${functions}?limit=1`)).json;
  const second = (await ask(`${functions}?limit=1&continue=${encodeURIComponent(String(readJsonPath(first, '.metadata.continue')))}`)).json;
  expect(first['items']).toHaveLength(1);
  expect(readJsonPath(second, '.items[0].metadata.name')).not.toBe(readJsonPath(first, '.items[0].metadata.name'));
});

test('watches one object as tables until its time is over', async () => {
  await make('watched');
  const answer = await ask(`${functions}?watch=true&timeoutSeconds=1&fieldSelector=metadata.name%3Dwatched`, {
    headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
  });
  const events = answer.text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; object: { kind: string; rows: { cells: string[] }[] } });
  expect(events.filter((event) => event.type === 'ADDED').map((event) => event.object.rows[0]?.cells[0])).toEqual(['watched']);
});

test('empties a namespace that is deleted', async () => {
  await ask('/api/v1/namespaces', { method: 'POST', body: { metadata: { name: 'brief' } } });
  const inside = functions.replace('/default/', '/brief/');
  await ask(inside, { method: 'POST', body: { metadata: { name: 'x' } } });
  expect((await ask('/api/v1/namespaces/brief', { method: 'DELETE' })).status).toBe(200);
  expect((await ask(`${inside}/x`)).status).toBe(404);
  expect((await ask('/api/v1/namespaces/brief')).status).toBe(404);
});

test('keeps a namespace until what is in it is let go, and takes nothing new into it', async () => {
  await ask('/api/v1/namespaces', { method: 'POST', body: { metadata: { name: 'held' } } });
  const inside = functions.replace('/default/', '/held/');
  await ask(inside, { method: 'POST', body: { metadata: { name: 'x', finalizers: ['test.io/keep'] } } });
  expect((await ask('/api/v1/namespaces/held', { method: 'DELETE' })).json).toMatchObject({ status: { phase: 'Terminating' } });
  expect(await ask(inside, { method: 'POST', body: { metadata: { name: 'y' } } })).toMatchObject({ status: 403 });
  await ask(`${inside}/x`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/merge-patch+json' },
    body: { metadata: { finalizers: null } },
  });
  await expect.poll(async () => (await ask('/api/v1/namespaces/held')).status, { timeout: 10_000 }).toBe(404);
});

test('deletes no namespace of the platform', async () => {
  expect((await ask('/api/v1/namespaces/openfunction', { method: 'DELETE' })).status).toBe(403);
  expect((await ask('/api/v1/namespaces/openfunction')).status).toBe(200);
});

test('lists 1,000 objects in chunks, each once', async () => {
  await ask('/api/v1/namespaces', { method: 'POST', body: { metadata: { name: 'many' } } });
  const many = functions.replace('/default/', '/many/');
  for (let index = 0; index < 1000; index += 1) {
    const metadata = { name: `fn-${index}`, namespace: 'many' };
    await store.create(kind, { apiVersion: 'core.openfunction.io/v1beta2', kind: 'Function', metadata });
  }
  const seen = new Set<string>();
  let from = '';
  let chunks = 0;
  do {
    const page = (await ask(`${many}?limit=300&continue=${encodeURIComponent(from)}`)).json;
    for (const item of page['items'] as { metadata: { name: string } }[]) seen.add(item.metadata.name);
    const next = readJsonPath(page, '.metadata.continue');
    from = typeof next === 'string' ? next : '';
    chunks += 1;
  } while (from !== '');
  expect([seen.size, chunks]).toEqual([1000, 4]);
});

test('stores a Secret as base64, and refuses what is none', async () => {
  const secrets = '/api/v1/namespaces/default/secrets';
  await ask(secrets, { method: 'POST', body: { metadata: { name: 'plain' }, stringData: { a: 'b' } } });
  expect((await ask(`${secrets}/plain`)).json).toMatchObject({ type: 'Opaque', data: { a: 'Yg==' } });
  expect((await ask(`${secrets}/plain`)).json).not.toHaveProperty('stringData');
  const refused = await ask(secrets, { method: 'POST', body: { metadata: { name: 'worse' }, data: { 'a b': 'Yg==', c: 'not base64!' } } });
  expect(refused).toMatchObject({ status: 422, json: { details: { causes: [{ field: 'data[a b]' }, { field: 'data[c]' }] } } });
});

test('changes no ConfigMap that is immutable', async () => {
  const maps = '/api/v1/namespaces/default/configmaps';
  await ask(maps, { method: 'POST', body: { metadata: { name: 'fixed' }, immutable: true, data: { a: 'b' } } });
  const headers = { 'content-type': 'application/strategic-merge-patch+json' };
  expect((await ask(`${maps}/fixed`, { method: 'PATCH', headers, body: { data: { a: 'c' } } })).status).toBe(422);
  expect((await ask(`${maps}/fixed`, { method: 'PATCH', headers, body: { metadata: { labels: { x: 'y' } } } })).status).toBe(200);
});

test('refuses an apply that would change what another manager applied, unless it is forced', async () => {
  const headers = { 'content-type': 'application/apply-patch+yaml' };
  const apply = (manager: string, image: string, force = false): ReturnType<typeof ask> =>
    ask(`${functions}/shared?fieldManager=${manager}&force=${force}`, { method: 'PATCH', headers, body: { spec: { image } } });
  expect((await apply('one', 'a')).status).toBe(201);
  expect(await apply('two', 'b')).toMatchObject({
    status: 409,
    json: { reason: 'Conflict', message: 'Apply failed with 1 conflict: conflict with "one": .spec.image' },
  });
  expect((await apply('two', 'b', true)).status).toBe(200);
});

test('refuses a body that is nested too deep', async () => {
  const body = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
  expect(await ask(functions, { method: 'POST', body })).toMatchObject({ status: 400, json: { reason: 'BadRequest' } });
});
