import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { testApp, type TestApp } from '../testing/test-app.ts';
import { component, testRuntime, type TestRuntime } from '../testing/test-runtime.ts';
import { traceHeaders } from './trace-headers.ts';

const patience = { timeout: 5_000, interval: 10 };
const trace = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: 'a=1,b=2' };

describe('the trace context of a caller', () => {
  let runtime: TestRuntime;
  let app: TestApp;
  let url: string;
  beforeEach(async () => {
    runtime = testRuntime();
    app = await testApp(({ path }) => (path === '/dapr/subscribe' ? { body: [{ pubsubname: 'bus', topic: 't', route: '/t' }] } : {}));
    const yaml = component('bus', 'pubsub.in-memory') + component('web', 'bindings.http', { url: `http://127.0.0.1:${app.port}/web` });
    const started = await runtime.app({ id: 'a', yaml, app: { port: app.port } });
    await started.app.delivering;
    ({ url } = started);
  });
  afterEach(async () => {
    await runtime.close();
    await app.close();
  });
  const seenAt = (path: string) => app.seen.find((each) => each.path === path)?.headers;

  it('goes through the topic to whoever takes the message', async () => {
    await fetch(`${url}/v1.0/publish/bus/t`, { method: 'POST', body: 'x', headers: trace });
    await vi.waitFor(() => expect(seenAt('/t')).toMatchObject(trace), patience);
  });

  it('goes to the app that is called', async () => {
    await fetch(`${url}/v1.0/invoke/a/method/m`, { headers: { ...trace, baggage: 'user=1' } });
    expect(seenAt('/m')).toMatchObject({ ...trace, baggage: 'user=1' });
  });

  it('goes to what an output binding calls', async () => {
    await fetch(`${url}/v1.0/bindings/web`, { method: 'POST', body: '{"operation":"get"}', headers: trace });
    expect(seenAt('/web')).toMatchObject(trace);
  });

  it('is begun where there is none', async () => {
    await fetch(`${url}/v1.0/publish/bus/t`, { method: 'POST', body: 'x' });
    await vi.waitFor(() => expect(seenAt('/t')?.['traceparent']).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-00$/), patience);
    expect(seenAt('/t')).not.toHaveProperty('tracestate');
  });
});

it('never makes a header that breaks a request', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('traceparent', 'tracestate', 'baggage', 'host'), fc.anything()), (given) => {
      const headers = traceHeaders(given);
      expect(() => new Headers(headers)).not.toThrow();
      expect(Object.keys(headers)).not.toContain('host');
    }),
  );
});
