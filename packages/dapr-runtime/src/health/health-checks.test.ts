import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { testApp, type TestApp } from '../testing/test-app.ts';
import { component, testRuntime, type TestRuntime } from '../testing/test-runtime.ts';

const patience = { timeout: 5_000, interval: 10 };
const healthCheck = { path: '/health', intervalMs: 20, timeoutMs: 500, threshold: 2 };

describe('an app whose health is checked', () => {
  let runtime: TestRuntime;
  let app: TestApp;
  let isWell: boolean;
  beforeEach(async () => {
    runtime = testRuntime();
    isWell = true;
    app = await testApp(({ path }) => {
      if (path === '/health') return { status: isWell ? 204 : 503 };
      return path === '/dapr/subscribe' ? { body: [{ pubsubname: 'bus', topic: 't', route: '/t' }] } : {};
    });
  });
  afterEach(async () => {
    await runtime.close();
    await app.close();
  });
  const start = () => runtime.app({ id: 'a', yaml: component('bus', 'pubsub.in-memory'), app: { port: app.port }, healthCheck });
  const handled = (): string[] =>
    app.seen.filter(({ path }) => path === '/t').map(({ body }) => (JSON.parse(body) as { data: string }).data);
  const probes = (): number => app.seen.filter(({ path }) => path === '/health').length;

  it('is asked for its subscriptions when it is well, and not before', async () => {
    isWell = false;
    const { url } = await start();
    await vi.waitFor(() => expect(probes()).toBeGreaterThan(2), patience);
    expect(app.seen.map(({ path }) => path)).not.toContain('/dapr/subscribe');
    expect((await fetch(`${url}/v1.0/healthz`)).status).toBe(204);
    isWell = true;
    await vi.waitFor(() => expect(app.seen.map(({ path }) => path)).toContain('/dapr/subscribe'), patience);
  });

  it('is told with its check by the metadata', async () => {
    const { url } = await start();
    const { appConnectionProperties } = (await (await fetch(`${url}/v1.0/metadata`)).json()) as { appConnectionProperties: unknown };
    const health = { healthCheckPath: '/health', healthProbeInterval: '0.02s', healthProbeTimeout: '500ms', healthThreshold: 2 };
    expect(appConnectionProperties).toMatchObject({ port: app.port, health });
  });

  it('gets no messages and no calls while it is not well, and all of them after', async () => {
    const { app: started, url } = await start();
    await started.delivering;
    isWell = false;
    await vi.waitFor(() => expect(started.health?.isHealthy()).toBe(false), patience);
    await fetch(`${url}/v1.0/publish/bus/t`, { method: 'POST', body: 'kept' });
    const refused = await fetch(`${url}/v1.0/invoke/a/method/x`);
    expect([refused.status, await refused.json()]).toEqual([
      500,
      { errorCode: 'ERR_DIRECT_INVOKE', message: expect.stringContaining('app is not in a healthy state') },
    ]);
    const before = probes();
    await vi.waitFor(() => expect(probes()).toBeGreaterThan(before + 2), patience);
    expect(handled()).toEqual([]);
    isWell = true;
    await vi.waitFor(() => expect(handled()).toEqual(['kept']), patience);
    expect((await fetch(`${url}/v1.0/invoke/a/method/x`)).status).toBe(200);
  });
});
