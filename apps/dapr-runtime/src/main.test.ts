import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect, createServer as createTcpServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const main = path.join(import.meta.dirname, 'main.ts');
const patience = { timeout: 10_000, interval: 20 };

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('the program', () => {
  let folder: string;
  let child: ChildProcess | undefined;
  let output = '';
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'ofn-dapr-'));
    output = '';
  });
  afterEach(async () => {
    child?.kill('SIGKILL');
    child = undefined;
    await rm(folder, { recursive: true });
  });

  function run(args: string[], env: Record<string, string> = {}): Promise<number | null> {
    const started = spawn(process.execPath, ['--conditions=@openfunction/source', main, ...args], {
      env: { PATH: process.env['PATH'], ...env },
    });
    child = started;
    for (const stream of [started.stdout, started.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
    return new Promise((resolve) => started.once('exit', resolve));
  }
  const isReady = (port: number): Promise<boolean> =>
    fetch(`http://127.0.0.1:${port}/v1.0/healthz`).then(
      ({ status }) => status === 204,
      () => false,
    );

  it('takes the flags that daprd is given, serves, and ends with 0 on SIGINT', async () => {
    const [port, grpcPort, metricsPort, publicPort] = [await freePort(), await freePort(), await freePort(), await freePort()];
    await writeFile(
      path.join(folder, 'store.yaml'),
      'apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {name: store}\nspec: {type: state.in-memory, version: v1}\n---\nkind: HTTPEndpoint\nmetadata: {name: r}\n',
    );
    await writeFile(path.join(folder, 'notes.txt'), 'not: [yaml');
    const args = [
      '--app-id',
      'app',
      '--app-protocol',
      'http',
      '--dapr-http-port',
      String(port),
      '--dapr-grpc-port',
      String(grpcPort),
      '--dapr-internal-grpc-port=50002',
      '--metrics-port',
      String(metricsPort),
      '--dapr-public-port',
      String(publicPort),
      '--resources-path',
      folder,
      '--config',
      'none.yaml',
      '--mode',
      'standalone',
      '--log-level',
      'debug',
      '--enable-metrics=true',
      '-a-flag-of-later',
      'x',
    ];
    const ended = run(args, { DAPR_API_TOKEN: 'secret' });
    await vi.waitFor(async () => expect(await isReady(port)).toBe(true), patience);
    const state = `http://127.0.0.1:${port}/v1.0/state/store`;
    const headers = { 'dapr-api-token': 'secret' };
    expect((await fetch(state, { method: 'POST', headers, body: '[{"key":"a","value":1}]' })).status).toBe(204);
    expect((await fetch(`${state}/a`)).status).toBe(401);
    const overGrpc = connect(grpcPort, '127.0.0.1');
    await once(overGrpc, 'connect');
    overGrpc.destroy();
    const atPublic = (at: string, init?: RequestInit): Promise<number> =>
      fetch(`http://127.0.0.1:${publicPort}/v1.0/${at}`, init).then(({ status }) => status);
    expect([await atPublic('healthz'), await atPublic('metadata'), await atPublic('state/store/a', { headers })]).toEqual([204, 200, 404]);
    expect(await atPublic('metadata/x', { method: 'PUT', body: 'y' })).toBe(404);
    const counted = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    expect(counted).toContain(
      'dapr_component_state_count{app_id="app",component="store",namespace="default",operation="set",success="true"} 1',
    );
    expect(counted).toContain('dapr_http_server_request_count{app_id="app",method="GET",status="401"} 1');
    child?.kill('SIGINT');
    expect(await ended).toBe(0);
    expect(output).toContain('"flag":"a-flag-of-later"');
    expect(output).toContain('"kind":"HTTPEndpoint"');
    expect(output).not.toContain('secret');
  });

  it('ends when the app has handled what it got, and serves its handlers until then', async () => {
    let finish = (): void => {};
    let isHandling = false;
    let kept = 0;
    const port = await freePort();
    const app = createServer((request, response) => {
      if (request.url === '/dapr/subscribe') return void response.end('[{"pubsubname":"bus","topic":"t","route":"/t"}]');
      isHandling = request.url === '/t';
      finish = () =>
        void fetch(`http://127.0.0.1:${port}/v1.0/state/store`, { method: 'POST', body: '[{"key":"a","value":1}]' }).then(({ status }) => {
          kept = status;
          response.end();
        });
    });
    await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
    await writeFile(
      path.join(folder, 'components.yaml'),
      'kind: Component\nmetadata: {name: bus}\nspec: {type: pubsub.in-memory}\n---\nkind: Component\nmetadata: {name: store}\nspec: {type: state.in-memory}\n',
    );
    const appPort = String((app.address() as AddressInfo).port);
    const ended = run(['--app-id', 'app', '--app-port', appPort, '--dapr-http-port', String(port), '--resources-path', folder]);
    await vi.waitFor(async () => expect(await isReady(port)).toBe(true), patience);
    await vi.waitFor(async () => {
      await fetch(`http://127.0.0.1:${port}/v1.0/publish/bus/t`, { method: 'POST', body: 'x' });
      expect(isHandling).toBe(true);
    }, patience);
    child?.kill('SIGTERM');
    await vi.waitFor(async () => expect(await isReady(port)).toBe(false), patience);
    expect(child?.exitCode).toBeNull();
    finish();
    expect(await ended).toBe(0);
    expect(kept).toBe(204);
    await new Promise((resolve) => {
      app.close(resolve);
      app.closeAllConnections();
    });
  });

  /** An app that takes what is published to `t`, and says whether it is well. */
  async function consumer(isWell: () => boolean = () => true): Promise<{ port: string; events: string[]; close(): Promise<void> }> {
    const events: string[] = [];
    const server = createServer((request, response) => {
      if (request.url === '/health') return void response.writeHead(isWell() ? 200 : 503).end();
      if (request.url === '/dapr/subscribe') return void response.end('[{"pubsubname":"bus","topic":"t","route":"/t"}]');
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        events.push(body);
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const close = (): Promise<void> =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    return { port: String((server.address() as AddressInfo).port), events, close };
  }

  it('follows its files: a new component is there, and a broken file changes nothing', async () => {
    const port = await freePort();
    const state = (store: string): Promise<number> => fetch(`http://127.0.0.1:${port}/v1.0/state/${store}/k`).then(({ status }) => status);
    const file = (name: string): string => `kind: Component\nmetadata: {name: ${name}}\nspec: {type: state.in-memory}\n`;
    await writeFile(path.join(folder, 'one.yaml'), file('one'));
    void run(['--app-id', 'app', '--dapr-http-port', String(port), '--resources-path', folder]);
    await vi.waitFor(async () => expect(await isReady(port)).toBe(true), patience);
    await writeFile(path.join(folder, 'two.yaml'), file('two'));
    await vi.waitFor(async () => expect(await state('two')).toBe(204), patience);
    await writeFile(path.join(folder, 'one.yaml'), 'kind: Component\nmetadata: [');
    await vi.waitFor(() => expect(output).toContain('what was there goes on'), patience);
    expect([await state('one'), await state('two')]).toEqual([204, 204]);
  });

  it('goes on with its API for as long as it is told to, without deliveries', async () => {
    let isWell = true;
    const app = await consumer(() => isWell);
    await writeFile(path.join(folder, 'bus.yaml'), 'kind: Component\nmetadata: {name: bus}\nspec: {type: pubsub.in-memory}\n');
    const port = await freePort();
    const publish = (): Promise<number> =>
      fetch(`http://127.0.0.1:${port}/v1.0/publish/bus/t`, { method: 'POST', body: 'x' }).then(({ status }) => status);
    const health = [
      '--enable-app-health-check',
      '--app-health-check-path',
      '/health',
      '--app-health-probe-interval=1',
      '--app-health-threshold=1',
    ];
    const at = ['--app-id', 'app', '--app-port', app.port, '--dapr-http-port', String(port), '--resources-path', folder];
    const ended = run([...at, ...health, '--dapr-block-shutdown-duration', '1h']);
    await vi.waitFor(async () => {
      expect(await publish()).toBe(204);
      expect(app.events.length).toBeGreaterThan(0);
    }, patience);
    child?.kill('SIGTERM');
    await vi.waitFor(async () => expect(await isReady(port)).toBe(false), patience);
    const before = app.events.length;
    expect(await publish()).toBe(204);
    isWell = false;
    expect(await ended).toBe(0);
    expect(app.events).toHaveLength(before);
    await app.close();
  });

  it('ends although a handler never answers, when its patience is over', async () => {
    let isHandling = false;
    const app = createServer((request, response) => {
      if (request.url === '/dapr/subscribe') response.end('[{"pubsubname":"bus","topic":"t","route":"/t"}]');
      isHandling ||= request.url === '/t';
    });
    await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
    await writeFile(path.join(folder, 'bus.yaml'), 'kind: Component\nmetadata: {name: bus}\nspec: {type: pubsub.in-memory}\n');
    const port = await freePort();
    const appPort = String((app.address() as AddressInfo).port);
    const ended = run([
      '--app-id',
      'app',
      '--app-port',
      appPort,
      '--dapr-http-port',
      String(port),
      '--resources-path',
      folder,
      '--dapr-graceful-shutdown-seconds',
      '1',
    ]);
    await vi.waitFor(async () => {
      expect(await isReady(port)).toBe(true);
      await fetch(`http://127.0.0.1:${port}/v1.0/publish/bus/t`, { method: 'POST', body: 'x' });
      expect(isHandling).toBe(true);
    }, patience);
    child?.kill('SIGINT');
    expect(await ended).toBe(0);
    await new Promise((resolve) => {
      app.close(resolve);
      app.closeAllConnections();
    });
  });

  it.each([
    ['no name', [], 2, 'Give it by --app-id'],
    ['a port that is none', ['--app-id', 'a', '--dapr-http-port', '70000'], 2, '--dapr-http-port'],
    ['a protocol that it does not speak', ['--app-id', 'a', '--app-protocol', 'grpcs'], 2, '--app-protocol'],
    ['a duration that is none', ['--app-id', 'a', '--dapr-block-shutdown-duration', 'soon'], 2, '--dapr-block-shutdown-duration'],
    ['no time between probes', ['--app-id', 'a', '--app-health-probe-interval', '0'], 2, '--app-health-probe-interval'],
    ['a folder that there is not', ['--app-id', 'a', '--resources-path', '/does/not/exist'], 1, 'could not start'],
  ])('refuses %s', async (_what, args, code, text) => {
    expect(await run(args)).toBe(code);
    expect(output).toContain(text);
  });

  it('does not start with a component of a type that there is not, and names the nearest', async () => {
    await writeFile(path.join(folder, 'store.yaml'), 'kind: Component\nmetadata: {name: store}\nspec: {type: state.in-memry}\n');
    expect(await run(['--app-id', 'a', '--resources-path', folder, '--dapr-http-port', '0'])).toBe(1);
    expect(output).toContain('state.in-memory');
  });
});
