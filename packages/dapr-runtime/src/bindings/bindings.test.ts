import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { testApp, type Answer, type Seen, type TestApp } from '../testing/test-app.ts';
import { component, testRuntime, type TestRuntime } from '../testing/test-runtime.ts';

const patience = { timeout: 8_000, interval: 20 };

describe('bindings over HTTP', () => {
  let runtime: TestRuntime;
  let app: TestApp | undefined;
  let folder: string;
  beforeEach(async () => {
    runtime = testRuntime({ environment: { A_SECRET: 'one' } });
    folder = await mkdtemp(path.join(tmpdir(), 'ofn-bindings-'));
  });
  afterEach(async () => {
    await runtime.close();
    await app?.close();
    app = undefined;
    await rm(folder, { recursive: true });
  });

  async function start(yaml: string, handle: (seen: Seen) => Answer = () => undefined): Promise<string> {
    app = await testApp(handle);
    const started = await runtime.app({ id: 'a', yaml, app: { port: app.port } });
    await started.app.delivering;
    return started.url;
  }
  const seenBy = (method: string): string[] => (app?.seen ?? []).filter((each) => each.method === method).map((each) => each.path);

  it('asks the app whether it wants a binding, then POSTs each event to its name or route', async () => {
    const yaml =
      component('tick', 'bindings.cron', { schedule: '@every 1s' }) +
      component('tock', 'bindings.cron', { schedule: '@every 1s', route: '/on/tock' });
    await start(yaml, ({ method, path: at }) => ({ status: method === 'OPTIONS' && at === '/tick' ? 405 : 200 }));
    expect(seenBy('OPTIONS').toSorted()).toEqual(['/on/tock', '/tick']);
    await vi.waitFor(() => expect(new Set(seenBy('POST'))).toEqual(new Set(['/tick', '/on/tock'])), patience);
    expect(app?.seen.find(({ method }) => method === 'POST')?.headers).toMatchObject({
      timezone: 'UTC',
      readtimeutc: expect.stringContaining('Z'),
    });
  });

  it('asks nothing of an app whose inputs are declared, and calls it by its name', async () => {
    const yaml =
      component('tick', 'bindings.cron', { schedule: '@every 1s' }) +
      component('tock', 'bindings.cron', { schedule: '@every 1s' }) +
      component('bus', 'pubsub.in-memory');
    const declared = '---\nkind: Subscription\nmetadata: {name: s}\nspec: {pubsubname: bus, topic: t, route: /t}\n';
    app = await testApp(() => ({ status: 200 }));
    const at = { port: app.port, authority: 'f.default.svc.cluster.local' };
    const started = await runtime.app({ id: 'a', yaml: yaml + declared, app: at, declaredInputs: ['tick'] });
    await started.app.delivering;
    await fetch(`${started.url}/v1.0/publish/bus/t`, { method: 'POST', body: 'x' });
    await vi.waitFor(() => expect(new Set(seenBy('POST'))).toEqual(new Set(['/tick', '/t'])), patience);
    expect(app.seen.filter(({ method }) => method !== 'POST')).toEqual([]);
    expect(new Set(app.seen.map(({ headers }) => headers.host))).toEqual(new Set(['f.default.svc.cluster.local']));
  });

  it('leaves an app alone that does not want a binding, or whose binding has no input', async () => {
    const yaml =
      component('unwanted', 'bindings.cron', { schedule: '@every 1s' }) +
      component('output', 'bindings.cron', { schedule: '@every 1s', direction: 'output' }) +
      component('wanted', 'bindings.cron', { schedule: '@every 1s' });
    await start(yaml, ({ path: at }) => (at === '/wanted' ? { status: 200 } : undefined));
    await vi.waitFor(() => expect(seenBy('POST')).toContain('/wanted'), patience);
    expect(seenBy('POST')).not.toContain('/unwanted');
    expect(seenBy('OPTIONS').toSorted()).toEqual(['/unwanted', '/wanted']);
  });

  it('does what the answer of the app asks: keeps state, and calls output bindings', async () => {
    const yaml =
      component('tick', 'bindings.cron', { schedule: '@every 1s' }) +
      component('store', 'state.in-memory') +
      component('files', 'bindings.localstorage', { rootPath: folder });
    const answer = { storeName: 'store', state: [{ key: 'k', value: 7 }], to: ['files'], data: 'written', concurrency: 'parallel' };
    const url = await start(yaml, ({ path: at }) => (at === '/tick' ? { body: answer } : undefined));
    await vi.waitFor(async () => expect(await (await fetch(`${url}/v1.0/state/store/k`)).text()).toBe('7'), patience);
    await vi.waitFor(async () => {
      const listed = await fetch(`${url}/v1.0/bindings/files`, { method: 'POST', body: '{"operation":"list"}' });
      const [file] = (await listed.json()) as string[];
      expect(await readFile(file ?? '', 'utf8')).toBe('written');
    }, patience);
  });

  it('calls an output binding, and tells its metadata in headers', async () => {
    const url = await start(component('files', 'bindings.localstorage', { rootPath: folder }));
    const call = (body: unknown): Promise<Response> => fetch(`${url}/v1.0/bindings/files`, { method: 'POST', body: JSON.stringify(body) });
    const created = await call({ operation: 'create', data: 'text', metadata: { fileName: 'a.txt' } });
    expect([created.status, await created.json()]).toEqual([200, { fileName: path.join(folder, 'a.txt') }]);
    expect(await (await call({ operation: 'get', metadata: { fileName: 'a.txt' } })).text()).toBe('text');
    expect((await call({ operation: 'delete', metadata: { fileName: 'a.txt' } })).status).toBe(204);
    expect((await call({ operation: 'get', metadata: { fileName: 'a.txt' } })).status).toBe(500);
  });

  it.each([
    ['no binding of the name', '/v1.0/bindings/none', { operation: 'create' }, 500, 'ERR_INVOKE_OUTPUT_BINDING'],
    ['an operation that there is not', '/v1.0/bindings/files', { operation: 'explode' }, 500, 'ERR_INVOKE_OUTPUT_BINDING'],
    ['no operation', '/v1.0/bindings/files', { data: 1 }, 400, 'ERR_MALFORMED_REQUEST'],
    ['a list', '/v1.0/bindings/files', [], 400, 'ERR_MALFORMED_REQUEST'],
    [
      'metadata that is no object of texts',
      '/v1.0/bindings/files',
      { operation: 'list', metadata: { a: {} } },
      400,
      'ERR_MALFORMED_REQUEST',
    ],
    ['no name', '/v1.0/bindings/', { operation: 'create' }, 404, 'ERR_NOT_FOUND'],
  ])('refuses %s', async (_what, at, body, status, code) => {
    const url = await start(component('files', 'bindings.localstorage', { rootPath: folder }));
    const response = await fetch(url + at, { method: 'POST', body: JSON.stringify(body) });
    expect([response.status, ((await response.json()) as { errorCode: string }).errorCode]).toEqual([status, code]);
  });

  it('reads secrets, and takes those of other components from the named store', async () => {
    const file = path.join(folder, 'secrets.json');
    await writeFile(file, JSON.stringify({ root: path.join(folder, 'below'), more: { nested: 'two' } }));
    const yaml = `${component('vault', 'secretstores.local.file', { secretsFile: file })}${component('env', 'secretstores.local.env')}---
kind: Component
metadata: {name: files}
spec: {type: bindings.localstorage, metadata: [{name: rootPath, secretKeyRef: {name: root}}]}
auth: {secretStore: vault}
`;
    const url = await start(yaml);
    expect(await (await fetch(`${url}/v1.0/secrets/env/A_SECRET`)).json()).toEqual({ A_SECRET: 'one' });
    expect(await (await fetch(`${url}/v1.0/secrets/vault/more%3Anested`)).json()).toEqual({ 'more:nested': 'two' });
    expect(Object.keys((await (await fetch(`${url}/v1.0/secrets/vault/bulk`)).json()) as object)).toEqual(['root', 'more:nested']);
    expect((await fetch(`${url}/v1.0/secrets/vault/absent`)).status).toBe(204);
    expect((await fetch(`${url}/v1.0/secrets/other/x`)).status).toBe(401);
    const created = await fetch(`${url}/v1.0/bindings/files`, {
      method: 'POST',
      body: '{"operation":"create","metadata":{"fileName":"f"}}',
    });
    expect(((await created.json()) as { fileName: string }).fileName).toBe(path.join(folder, 'below/f'));
  });
});
