import { request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realClock } from '@openfunction/reconcile';
import { daprRuntime } from '../app/dapr-runtime.ts';
import { component, resourcesOf, testRuntime, type TestRuntime } from '../testing/test-runtime.ts';
import { testApp } from '../testing/test-app.ts';
import { serveApi } from './api-server.ts';

const statusOf = async (url: string, init?: RequestInit): Promise<number> => (await fetch(url, init)).status;

describe('serveApi', () => {
  let runtime: TestRuntime;
  beforeEach(() => {
    runtime = testRuntime({ maxBodyBytes: 1000 });
  });
  afterEach(() => runtime.close());

  it('lets only the token in, and asks none for health', async () => {
    const { url } = await runtime.app({ id: 'a', token: 'secret', yaml: component('store', 'state.in-memory') });
    const path = `${url}/v1.0/state/store/k`;
    expect(await statusOf(path)).toBe(401);
    for (const token of ['', 'secre', 'secrets', 'Bearer secret', 'SECRET'])
      expect(await statusOf(path, { headers: { 'dapr-api-token': token } })).toBe(401);
    expect(
      await statusOf(path, {
        headers: [
          ['dapr-api-token', 'secret'],
          ['dapr-api-token', 'secret'],
        ],
      }),
    ).toBe(401);
    expect(await statusOf(path, { headers: { 'dapr-api-token': 'secret' } })).toBe(204);
    expect(await statusOf(`${url}/v1.0/healthz`)).toBe(204);
    expect(await statusOf(`${url}/v1.0/healthz/outbound`)).toBe(204);
  });

  it.each([
    '/v1.0/healthz/../state/store/k',
    '/v1.0/healthz/%2e%2e/state/store/k',
    '//v1.0/state/store/k',
    '/v1.0/healthz/outbound/x',
    '/V1.0/healthz',
  ])('opens no way around the token by %s', async (path) => {
    const { server } = await runtime.app({ id: 'a', token: 'secret', yaml: component('store', 'state.in-memory') });
    const status = await new Promise<number | undefined>((resolve) =>
      request({ port: server.port, path }, (response) => resolve(response.resume().statusCode)).end(),
    );
    expect([400, 401]).toContain(status);
  });

  it('tells apps of one server from each other by their tokens alone', async () => {
    const both = daprRuntime({ clock: realClock, random: () => 0.5, environment: {}, report: () => {} });
    const yaml = component('store', 'state.in-memory', { keyPrefix: 'none' }, 'scopes: [left]');
    const left = await both.add({ id: 'left', token: 'l', resources: resourcesOf(yaml) });
    const right = await both.add({ id: 'right', token: 'r', resources: resourcesOf(yaml) });
    const server = await serveApi({
      listen: { host: '127.0.0.1', port: 0 },
      apps: () => [left, right],
      maxBodyBytes: 1000,
      onError: () => {},
    });
    const url = `http://127.0.0.1:${server.port}/v1.0/state/store/k`;
    expect(await statusOf(url, { headers: { 'dapr-api-token': 'l' } })).toBe(204);
    expect(await statusOf(url, { headers: { 'dapr-api-token': 'r' } })).toBe(500);
    expect(await statusOf(url)).toBe(401);
    await server.close();
    await both.close();
  });

  it('refuses a body over the limit before it asks who calls', async () => {
    const { url, server } = await runtime.app({ id: 'a', token: 'secret', yaml: component('store', 'state.in-memory') });
    expect(await statusOf(`${url}/v1.0/state/store`, { method: 'POST', body: 'x'.repeat(1001) })).toBe(413);
    const chunked = await new Promise<number | undefined>((resolve) => {
      const sent = request(
        { port: server.port, path: '/v1.0/state/store', method: 'POST', headers: { 'dapr-api-token': 'secret' } },
        (response) => resolve(response.resume().statusCode),
      );
      sent.on('error', () => {});
      for (let chunk = 0; chunk < 20; chunk++) sent.write('x'.repeat(100));
      sent.end();
    });
    expect(chunked).toBe(413);
  });

  it('is not ready before the app listens, while its own calls work', async () => {
    const app = await testApp(() => undefined);
    const { port } = app;
    await app.close();
    const { url } = await runtime.app({ id: 'a', app: { port } });
    expect(await statusOf(`${url}/v1.0/healthz`)).toBe(500);
    expect(await statusOf(`${url}/v1.0/healthz/outbound`)).toBe(204);
  });

  it('says when it is asked as the runtime of another app', async () => {
    const { url } = await runtime.app({ id: 'a' });
    expect(await statusOf(`${url}/v1.0/healthz?appid=a`)).toBe(204);
    expect(await statusOf(`${url}/v1.0/healthz?appid=b`)).toBe(500);
  });

  it.each([
    ['/v1.0/actors/T/1/method/m', 400, 'ERR_ACTOR_RUNTIME_NOT_FOUND'],
    ['/v1.0-beta1/workflows/dapr/w/start', 400, 'ERR_WORKFLOW_COMPONENT_NOT_FOUND'],
    ['/v1.0-alpha1/jobs/j', 500, 'DAPR_SCHEDULER_SCHEDULE_JOB'],
    ['/v1.0-alpha1/conversation/c/converse', 400, 'ERR_CONVERSATION_NOT_FOUND'],
    ['/v1.0-alpha1/crypto/c/encrypt', 500, 'ERR_CRYPTO_PROVIDERS_NOT_CONFIGURED'],
    ['/v1.0/secrets/s/n', 500, 'ERR_SECRET_STORES_NOT_CONFIGURED'],
    ['/v1.0/configuration/c', 500, 'ERR_CONFIGURATION_STORE_NOT_CONFIGURED'],
    ['/v1.0/nothing', 404, 'ERR_NOT_FOUND'],
    ['/v1.0/__proto__/x', 404, 'ERR_NOT_FOUND'],
    ['/v1.0/constructor', 404, 'ERR_NOT_FOUND'],
    ['/elsewhere', 404, 'ERR_NOT_FOUND'],
  ])('answers %s with %d and its code', async (path, status, code) => {
    const { url } = await runtime.app({ id: 'a' });
    const response = await fetch(url + path);
    expect([response.status, await response.json()]).toEqual([status, { errorCode: code, message: expect.stringMatching(/\. /) }]);
  });

  it('survives what is no HTTP', async () => {
    const { url, server } = await runtime.app({ id: 'a' });
    await new Promise<void>((resolve) => {
      const socket = connect(server.port, '127.0.0.1', () => socket.write('\0\x01 nonsense\r\n\r\n'));
      socket.on('close', () => resolve());
      socket.resume();
    });
    expect(await statusOf(`${url}/v1.0/healthz`)).toBe(204);
  });

  it('keeps metadata, with what the app added', async () => {
    const { url } = await runtime.app({ id: 'a', yaml: component('store', 'state.in-memory') });
    expect(await statusOf(`${url}/v1.0/metadata/owner`, { method: 'PUT', body: 'me' })).toBe(204);
    expect(await (await fetch(`${url}/v1.0/metadata`)).json()).toMatchObject({
      id: 'a',
      extended: { owner: 'me' },
      components: [{ name: 'store', type: 'state.in-memory', version: 'v1', capabilities: ['ETAG', 'TRANSACTIONAL', 'TTL'] }],
      actorRuntime: { runtimeStatus: 'DISABLED' },
    });
  });
});
