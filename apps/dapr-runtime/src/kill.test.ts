import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

const main = path.join(import.meta.dirname, 'main.ts');
const patience = { timeout: 20_000, interval: 20 };
const count = 300;

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('a runtime that is killed over and over', () => {
  const children = new Set<ChildProcess>();
  /** Every delivery: the number that was published, and the id of the event. */
  const handled: { data: number; id: string }[] = [];
  let folder: string;
  let app: Server;
  let redisPort: number;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'ofn-dapr-kill-'));
    redisPort = await freePort();
    start('redis-server', ['--port', String(redisPort), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no']);
    const settings = { redisHost: `127.0.0.1:${redisPort}`, processingTimeout: '500ms', redeliverInterval: '200ms' };
    const metadata = Object.entries(settings).map(([name, value]) => `{name: ${name}, value: "${value}"}`);
    await writeFile(
      path.join(folder, 'bus.yaml'),
      `kind: Component\nmetadata: {name: bus}\nspec: {type: pubsub.redis, initTimeout: 30s, metadata: [${metadata.join(', ')}]}\n`,
    );
    app = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        if (request.url === '/dapr/subscribe') return void response.end('[{"pubsubname":"bus","topic":"t","route":"/t"}]');
        if (request.url === '/t') handled.push(JSON.parse(body) as { data: number; id: string });
        response.end();
      });
    });
    app.listen(0, '127.0.0.1');
    await once(app, 'listening');
  });
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    app.close();
    app.closeAllConnections();
    await rm(folder, { recursive: true, force: true });
  });

  function start(command: string, args: string[]): ChildProcess {
    const child = spawn(command, args, { stdio: 'ignore' });
    children.add(child);
    return child;
  }

  async function startRuntime(): Promise<{ child: ChildProcess; url: string }> {
    const port = await freePort();
    const at = ['--app-id', 'app', '--app-port', String((app.address() as AddressInfo).port), '--dapr-http-port', String(port)];
    const child = start(process.execPath, ['--conditions=@openfunction/source', main, ...at, '--resources-path', folder]);
    const url = `http://127.0.0.1:${port}/v1.0`;
    await vi.waitFor(async () => expect((await fetch(`${url}/healthz`)).status).toBe(204), patience);
    return { child, url };
  }

  it('loses no message that it accepted, and hands out again with the same id', { timeout: 90_000 }, async () => {
    const accepted: number[] = [];
    let runtime = await startRuntime();
    for (let number = 0; number < count; number++) {
      const { url } = runtime;
      const publish = async (): Promise<void> => {
        const { status } = await fetch(`${url}/publish/bus/t`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: String(number),
        });
        if (status === 204) accepted.push(number);
      };
      // Unanswered is not accepted; it may have been published all the same.
      const publishing = publish().catch(() => {});
      if (number % 60 === 59) {
        runtime.child.kill('SIGKILL');
        await Promise.all([publishing, once(runtime.child, 'exit')]);
        runtime = await startRuntime();
      } else if (number % 5 === 0) await publishing;
    }
    await vi.waitFor(() => {
      const seen = new Set(handled.map(({ data }) => data));
      expect(accepted.filter((number) => !seen.has(number))).toEqual([]);
    }, patience);
    expect(accepted.length).toBeGreaterThan(count / 2);
    const ids = new Map<number, Set<string>>();
    for (const { data, id } of handled) ids.set(data, (ids.get(data) ?? new Set()).add(id));
    expect([...ids].filter(([, each]) => each.size > 1)).toEqual([]);
  });
});
