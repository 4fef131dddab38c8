import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AppSpec } from '../app/dapr-runtime.ts';
import { component, resourcesOf, testRuntime, type TestRuntime } from '../testing/test-runtime.ts';
import { serveGrpc } from './serve-grpc.ts';

const python = process.env['OFN_TEST_PYTHON'] ?? '';
const patience = { timeout: 30_000, interval: 50 };
const program = `
from functions_framework.context.user_context import UserContext


def handle(context: UserContext):
    event = context.get_topic_event()
    data = event.Data().decode() if event is not None else "tick"
    if data == "bad":
        print("threw", flush=True)
        raise Exception("bad")
    print("took", data, context.send("sink", data), flush=True)
    if data == "one":
        print("kept", context.send("file", data), flush=True)
`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => (socket.destroy(), resolve(true)));
    socket.once('error', () => resolve(false));
  });

describe.skipIf(!existsSync(python))(
  "OpenFunction's first framework for Python (OFN_TEST_PYTHON is one of scripts/bring-python-framework.sh)",
  () => {
    let dir: string;
    let runtime: TestRuntime;
    let child: ChildProcess;
    let said: string;
    let end: () => Promise<void>;
    let publish: (topic: string, data: string) => Promise<void>;
    const sunk: string[] = [];

    async function start(token: string): Promise<void> {
      const yaml =
        component('orders', 'pubsub.in-memory') +
        component('files', 'bindings.localstorage', { rootPath: path.join(dir, 'files') }) +
        component('tick', 'bindings.cron', { schedule: '@every 1s' }) +
        '---\nkind: Subscription\nmetadata: {name: s}\nspec: {pubsubname: orders, topic: made, routes: {default: ""}}\n';
      const resources = resourcesOf(yaml);
      // As the event bus declares topics of images that speak gRPC.
      for (const { subscription } of resources.subscriptions) subscription.routes = [{ path: '' }];
      const port = await freePort();
      const spec: AppSpec = {
        id: 'f',
        token,
        resources,
        app: { protocol: 'grpc', port },
        declaredInputs: ['tick'],
        asksRoutes: true,
      };
      const app = await runtime.runtime.add(spec);
      const server = await serveGrpc({
        host: '127.0.0.1',
        port: 0,
        apps: () => [app],
        findChannel: runtime.runtime.findChannel,
        maxBodyBytes: 1024 * 1024,
      });
      await app.subscribe(
        { pubsub: 'orders', topic: 'sunk', metadata: {}, type: 'STREAMING', routes: [{ path: '' }] },
        { handle: async ({ event }) => (sunk.push(String(event.data)), { kind: 'success' }), handleMany: async () => [] },
      );
      const context = {
        name: 'f',
        version: 'latest',
        outputs: {
          file: { uri: 'files', componentName: 'files', componentType: 'bindings.localstorage', operation: 'create' },
          sink: { uri: 'sunk', topic: 'sunk', componentName: 'orders', componentType: 'pubsub.in-memory' },
        },
        triggers: {
          dapr: [
            { name: 'orders', type: 'pubsub.in-memory', topic: 'made' },
            { name: 'tick', type: 'bindings.cron' },
          ],
        },
        runtime: 'Async',
        port: String(port),
      };
      child = spawn(python, ['-m', 'functions_framework'], {
        cwd: dir,
        env: {
          FUNC_CONTEXT: JSON.stringify(context),
          FUNCTION_TARGET: 'handle',
          FUNCTION_SOURCE: path.join(dir, 'main.py'),
          DAPR_RUNTIME_HOST: '127.0.0.1',
          DAPR_GRPC_PORT: String(server.port),
          DAPR_API_TOKEN: token,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      said = '';
      child.stdout?.on('data', (text: Buffer) => (said += text.toString()));
      child.stderr?.on('data', (text: Buffer) => (said += text.toString()));
      end = async () => {
        child.kill('SIGKILL');
        if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
        await server.close();
      };
      publish = (topic, data) =>
        app.api.publishing.publish('orders', topic, { data: Buffer.from(data), contentType: 'text/plain', metadata: {} });
      await expect.poll(() => (child.exitCode === null ? listens(port) : said), patience).toBe(true);
    }

    beforeEach(() => {
      dir = mkdtempSync(path.join(tmpdir(), 'ofn-py-'));
      mkdirSync(path.join(dir, 'files'));
      writeFileSync(path.join(dir, 'main.py'), program);
      runtime = testRuntime();
      sunk.length = 0;
    });
    afterEach(async () => {
      await end();
      await runtime.close();
      rmSync(dir, { recursive: true });
    });

    it('takes topics and bindings, publishes, and gets again what it threw for', async () => {
      await start('secret');
      await expect.poll(() => said, patience).toContain('took tick');
      await publish('made', 'one');
      await expect.poll(() => said, patience).toContain('took one');
      await expect.poll(() => sunk, patience).toContain('one');
      await expect.poll(() => said, patience).toContain('kept');
      const written = readdirSync(path.join(dir, 'files'));
      expect(written.map((name) => readFileSync(path.join(dir, 'files', name), 'utf8'))).toEqual(['one']);
      await publish('made', 'bad');
      await expect.poll(() => said.split('threw').length, patience).toBeGreaterThan(2);
    }, 90_000);
  },
);
