import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { testApp, type TestApp } from '../testing/test-app.ts';
import { component, testRuntime, type TestRuntime } from '../testing/test-runtime.ts';
import { daprMetrics, type DaprMetrics } from './dapr-metrics.ts';

const patience = { timeout: 5_000, interval: 10 };

describe('metrics', () => {
  let metrics: DaprMetrics;
  let runtime: TestRuntime;
  let app: TestApp | undefined;
  beforeEach(() => {
    metrics = daprMetrics();
    runtime = testRuntime({ environment: { A: 'x' }, metrics });
  });
  afterEach(async () => {
    await runtime.close();
    await app?.close();
    app = undefined;
  });
  /** Counters alone, without the labels that all have. */
  const counts = (): string[] =>
    metrics
      .text()
      .split('\n')
      .filter((line) => !line.startsWith('#') && /^\w+count\{/.test(line) && !line.includes('latenc'))
      .map((line) => line.replace('dapr_', '').replace('app_id="a",', '').replace('namespace="default",', ''))
      .toSorted();

  it('count state, secrets and answers', async () => {
    const { url } = await runtime.app({ id: 'a', yaml: component('s', 'state.in-memory') + component('env', 'secretstores.local.env') });
    const post = (path: string, body: unknown) => fetch(`${url}/v1.0/${path}`, { method: 'POST', body: JSON.stringify(body) });
    await post('state/s', [{ key: 'k', value: 1 }]);
    await post('state/s', [{ key: 'k', value: 1, etag: 'wrong' }]);
    await fetch(`${url}/v1.0/state/s/k`);
    await post('state/s/bulk', { keys: ['k', 'l'] });
    await post('state/s/transaction', { operations: [{ operation: 'upsert', request: { key: 'k', value: 2 } }] });
    await fetch(`${url}/v1.0/state/s/k`, { method: 'DELETE' });
    await fetch(`${url}/v1.0/secrets/env/A`);
    await vi.waitFor(() =>
      expect(counts()).toEqual([
        'component_secret_count{component="env",operation="get",success="true"} 1',
        'component_state_count{component="s",operation="bulk_get",success="true"} 1',
        'component_state_count{component="s",operation="delete",success="true"} 1',
        'component_state_count{component="s",operation="get",success="true"} 1',
        'component_state_count{component="s",operation="set",success="false"} 1',
        'component_state_count{component="s",operation="set",success="true"} 1',
        'component_state_count{component="s",operation="transaction",success="true"} 1',
        'http_server_request_count{method="DELETE",status="204"} 1',
        'http_server_request_count{method="GET",status="200"} 2',
        'http_server_request_count{method="POST",status="200"} 1',
        'http_server_request_count{method="POST",status="204"} 2',
        'http_server_request_count{method="POST",status="409"} 1',
        'http_server_response_count{method="DELETE",status="204"} 1',
        'http_server_response_count{method="GET",status="200"} 2',
        'http_server_response_count{method="POST",status="200"} 1',
        'http_server_response_count{method="POST",status="204"} 2',
        'http_server_response_count{method="POST",status="409"} 1',
      ]),
    );
    expect(metrics.text()).toMatch(/dapr_component_state_latencies_bucket\{.*le="\+Inf"\} 1/);
  });

  it('count what is published and what becomes of it', async () => {
    app = await testApp(({ path, body }) => {
      if (path === '/dapr/subscribe') return { body: [{ pubsubname: 'bus', topic: 't', route: '/t' }] };
      return body.includes('bad') ? { body: { status: 'DROP' } } : {};
    });
    const { app: started, url } = await runtime.app({ id: 'a', yaml: component('bus', 'pubsub.in-memory'), app: { port: app.port } });
    await started.delivering;
    for (const body of ['good', 'bad', 'good']) await fetch(`${url}/v1.0/publish/bus/t`, { method: 'POST', body });
    await vi.waitFor(
      () =>
        expect(counts().filter((line) => line.startsWith('component'))).toEqual([
          'component_pubsub_egress_count{component="bus",success="true",topic="t"} 3',
          'component_pubsub_ingress_count{component="bus",process_status="drop",status="drop",topic="t"} 1',
          'component_pubsub_ingress_count{component="bus",process_status="success",status="success",topic="t"} 2',
        ]),
      patience,
    );
  });

  it('count events of input bindings and operations of output bindings', async () => {
    app = await testApp(({ path }) => (path === '/tick' || path === '/web' ? {} : undefined));
    const yaml =
      component('tick', 'bindings.cron', { schedule: '@every 1s' }) +
      component('web', 'bindings.http', { url: `http://127.0.0.1:${app.port}/web` });
    const { url } = await runtime.app({ id: 'a', yaml, app: { port: app.port } });
    await fetch(`${url}/v1.0/bindings/web`, { method: 'POST', body: '{"operation":"get"}' });
    await vi.waitFor(() => {
      expect(counts()).toContain('component_output_binding_count{component="web",operation="get",success="true"} 1');
      expect(counts().join('\n')).toMatch(/component_input_binding_count\{component="tick",success="true"\} [1-9]/);
    }, patience);
  });
});
