import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { canRunPrometheus, startPrometheus } from '../testing/prometheus-server.ts';
import { scalerContext } from '../testing/scaler-context.ts';
import { selfSigned } from '../testing/self-signed.ts';
import type { TestServer } from '../testing/server-process.ts';
import { scalerConformance } from './conformance.ts';
import { openScaler } from './open-scaler.ts';
import type { OpenedScaler } from './scaler.ts';

const open = (metadata: Record<string, string>, environment: Record<string, string> = {}): Promise<OpenedScaler> =>
  openScaler({ type: 'prometheus', metadata: { query: 'q', threshold: '100', ...metadata } }, scalerContext({ environment }));
const readOnce = async (scaler: OpenedScaler): ReturnType<OpenedScaler['read']> =>
  scaler.read(AbortSignal.timeout(10_000)).finally(() => scaler.close());

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

describe.runIf(await canRunPrometheus())('prometheus', () => {
  /** What the exporter shows, by the name of the source. */
  const waiting = new Map<string, number>();
  const exporter = createServer((_request, response) => {
    response.setHeader('content-type', 'text/plain; version=0.0.4');
    response.end([...waiting].map(([source, count]) => `waiting{source="${source}"} ${count}\n`).join(''));
  });
  let server: TestServer;
  beforeAll(async () => {
    server = await startPrometheus({ targets: [await listen(exporter)] });
  }, 70_000);
  afterAll(async () => {
    await server.remove();
    exporter.close();
    exporter.closeAllConnections();
  });
  const serverAddress = (): string => `http://127.0.0.1:${server.port}`;

  scalerConformance({
    type: 'prometheus',
    make: async () => {
      const source = randomUUID();
      waiting.set(source, 0);
      const add = async (count: number): Promise<void> => void waiting.set(source, (waiting.get(source) ?? 0) + count);
      return {
        metadata: { serverAddress: serverAddress(), query: `sum(waiting{source="${source}"})`, threshold: '5' },
        put: add,
        take: (count) => add(-count),
      };
    },
    target: 'threshold',
    activation: 'activationThreshold',
    unreachable: { serverAddress: 'http://127.0.0.1:1' },
    metricName: () => 'prometheus',
    kill: () => server.kill(),
    start: () => server.start(),
    signal: (signal) => server.signal(signal),
  });

  const read = async (metadata: Record<string, string>): ReturnType<OpenedScaler['read']> =>
    readOnce(await open({ serverAddress: serverAddress(), ...metadata }));

  it('takes a vector of one and a scalar, with their fractions', async () => {
    expect(await read({ query: 'vector(2.5)', activationThreshold: '2.4' })).toEqual({ value: 2.5, isActive: true });
    expect(await read({ query: '2.5', activationThreshold: '2.5' })).toEqual({ value: 2.5, isActive: false });
    expect((await open({ serverAddress: serverAddress(), threshold: '100.50' })).target).toBe(100.5);
  });

  it.each(['absent_metric', 'vector(0)/0', '1/0', '-1/0'])('takes %s for 0, unless it is told not to', async (query) => {
    expect(await read({ query })).toEqual({ value: 0, isActive: false });
    await expect(read({ query, ignoreNullValues: 'false' })).rejects.toMatchObject({ code: 'ComponentUnavailable' });
  });

  it('refuses several numbers, and a query that is none', async () => {
    await expect(read({ query: 'label_replace(vector(1), "a", "b", "", "") or vector(2)' })).rejects.toMatchObject({
      code: 'RequestRejected',
    });
    await expect(read({ query: 'up[5m]' })).rejects.toMatchObject({ code: 'RequestRejected' });
    await expect(read({ query: 'sum(' })).rejects.toMatchObject({
      code: 'RequestRejected',
      message: expect.stringMatching(/status 400 \(.*parse error.*\)/),
    });
    await expect(read({ serverAddress: `${serverAddress()}/elsewhere` })).rejects.toMatchObject({ code: 'ComponentUnavailable' });
  });
});

describe('what is asked by prometheus', () => {
  const asked: { url: string; headers: Record<string, unknown> }[] = [];
  let answer: (url: string) => { status?: number; headers?: Record<string, string>; body?: string | Buffer };
  const server = createServer((request, response) => {
    asked.push({ url: request.url ?? '', headers: request.headers });
    const { status = 200, headers = {}, body = '' } = answer(request.url ?? '');
    response.writeHead(status, headers).end(body);
  });
  let serverAddress: string;
  const one = JSON.stringify({ status: 'success', data: { resultType: 'vector', result: [{ metric: {}, value: [1, '3'] }] } });
  beforeAll(async () => {
    serverAddress = `http://127.0.0.1:${await listen(server)}`;
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });
  afterEach(() => {
    asked.length = 0;
  });

  it('carries the query, its parameters, the namespace and headers', async () => {
    answer = () => ({ body: one });
    const metadata = {
      serverAddress: `${serverAddress}/select/0/prometheus/`,
      query: 'sum(a{b="&c"})',
      namespace: 'mine',
      queryParameters: 'key-1=value-1,key-2=a b',
      customHeaders: 'X-Client-Id=cid, X-Tenant-Id=t=id',
    };
    expect((await readOnce(await open(metadata))).value).toBe(3);
    const url = new URL(asked[0]?.url ?? '', serverAddress);
    expect(url.pathname).toBe('/select/0/prometheus/api/v1/query');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      'key-1': 'value-1',
      'key-2': 'a b',
      namespace: 'mine',
      query: 'sum(a{b="&c"})',
    });
    expect(asked[0]?.headers).toMatchObject({ 'x-client-id': 'cid', 'x-tenant-id': 't=id' });
  });

  it.each([
    [{ authModes: 'bearer', bearerTokenFromEnv: 'S' }, { authorization: 'Bearer secret' }],
    [{ authModes: 'basic', username: 'u', passwordFromEnv: 'S' }, { authorization: `Basic ${btoa('u:secret')}` }],
    [{ authModes: 'basic', username: 'key' }, { authorization: `Basic ${btoa('key:')}` }],
    [{ authModes: 'custom', customAuthHeader: 'X-AUTH', customAuthValueFromEnv: 'S' }, { 'x-auth': 'secret' }],
  ])('carries credentials with %j', async (metadata, headers) => {
    answer = () => ({ body: one });
    await readOnce(await open({ serverAddress, ...metadata }, { S: 'secret' }));
    expect(asked[0]?.headers).toMatchObject(headers);
  });

  it('follows no redirect', async () => {
    answer = (url) => (url.startsWith('/other') ? { body: one } : { status: 302, headers: { location: '/other' } });
    await expect(readOnce(await open({ serverAddress }))).rejects.toThrow('redirect (302)');
    expect(asked).toHaveLength(1);
  });

  it('takes no answer without end, and none that is no JSON', async () => {
    answer = () => ({ body: Buffer.alloc(9 * 1024 * 1024, 0x20) });
    await expect(readOnce(await open({ serverAddress }))).rejects.toMatchObject({ code: 'RequestRejected' });
    answer = () => ({ body: '<html>' });
    await expect(readOnce(await open({ serverAddress }))).rejects.toThrow('not JSON');
  });

  it('asks by TLS whom it is to trust, as whom it is to be', async () => {
    const [theirs, mine] = [await selfSigned(), await selfSigned()];
    const secure = createSecureServer(
      { key: theirs.key, cert: theirs.certificate, ca: mine.certificate, requestCert: true },
      (_request, response) => response.end(one),
    );
    const address = { serverAddress: `https://127.0.0.1:${await listen(secure)}` };
    const variables = { KEY: mine.key };
    const identity = { authModes: 'tls', cert: mine.certificate, keyFromEnv: 'KEY' };
    expect((await readOnce(await open({ ...address, ...identity, ca: theirs.certificate }, variables))).value).toBe(3);
    expect((await readOnce(await open({ ...address, ...identity, unsafeSsl: 'true' }, variables))).value).toBe(3);
    for (const refused of [identity, { ca: theirs.certificate }])
      await expect(readOnce(await open({ ...address, ...refused }, variables))).rejects.toMatchObject({ code: 'ComponentUnavailable' });
    secure.close();
  });

  it('waits no longer than timeout', async () => {
    const silent = createServer(() => {});
    const port = await listen(silent);
    await expect(readOnce(await open({ serverAddress: `http://127.0.0.1:${port}`, timeout: '100' }))).rejects.toThrow('within 100 ms');
    silent.close();
    silent.closeAllConnections();
  });

  it.each([
    [{ serverAddress: 'prometheus:9090' }, 'not an http or https URL'],
    [{ serverAddress: 'http://u:p@prometheus:9090' }, 'passwordFromEnv'],
    [{ threshold: 'NaN' }, 'above 0'],
    [{ authModes: 'oauth' }, 'bearer, basic, tls, custom'],
    [{ authModes: 'bearer' }, 'bearerTokenFromEnv'],
    [{ authModes: 'bearer', bearerToken: 't' }, 'bearerTokenFromEnv'],
    [{ authModes: 'bearer,basic' }, 'the same header'],
    [{ authModes: 'tls', cert: 'c' }, 'keyFromEnv'],
    [{ authModes: 'custom', customAuthHeader: 'X' }, 'customAuthValueFromEnv'],
    [{ authModes: 'bearer', bearerTokenFromEnv: 'LINES' }, 'no header may have'],
    [{ customHeaders: 'X-A' }, 'headers such as'],
    [{ queryParameters: '=x' }, 'a list such as'],
    [{ awsRegion: 'eu-west-1' }, "a cloud's own way"],
  ])('refuses metadata %j', async (metadata, text) => {
    await expect(open({ serverAddress, ...metadata }, { LINES: 'a\r\nb: c' })).rejects.toThrow(text);
  });
});
