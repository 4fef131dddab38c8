import dns from 'node:dns';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { hookConnect } from './connect-hook.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'ofn-hook-'));
const socket = path.join(dir, 's.sock');
const server = http.createServer((req, res) => res.end(req.headers.host));
const lookup = vi.spyOn(dns, 'lookup');
let unhook = (): void => undefined;

beforeAll(async () => {
  await once(server.listen(socket), 'listening');
  unhook = hookConnect({ domain: 'cluster.local', socket });
});
afterAll(() => {
  expect(lookup.mock.calls.map(([name]) => name).filter((name) => name.toLowerCase().includes('cluster'))).toEqual([]);
  unhook();
  server.close();
  server.closeAllConnections();
  rmSync(dir, { recursive: true });
});

async function get(options: http.RequestOptions): Promise<string> {
  const [res] = (await once(http.get(options), 'response')) as [http.IncomingMessage];
  let text = '';
  for await (const chunk of res) text += String(chunk);
  return text;
}

async function speak(connection: net.Socket, host: string): Promise<string> {
  await once(connection, 'connect');
  connection.write(`GET / HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
  let text = '';
  for await (const chunk of connection) text += String(chunk);
  return text.slice(text.indexOf('\r\n\r\n') + 4);
}

test('fetch reaches a cluster-local host', async () => {
  expect(await (await fetch('http://f.ns.svc.cluster.local/')).text()).toBe('f.ns.svc.cluster.local');
});

test('node:http reaches one, also over an agent that keeps connections', async () => {
  const agent = new http.Agent({ keepAlive: true });
  for (const kept of [false as const, agent, agent])
    expect(await get({ host: 'g.ns.svc.cluster.local', agent: kept })).toBe('g.ns.svc.cluster.local');
  agent.destroy();
});

test.each([
  ['options', (host: string) => net.connect({ host, port: 80 })],
  ['a port and a host', (host: string) => net.connect(80, host)],
  ['connect of a socket', (host: string) => new net.Socket().connect(80, host)],
])('node:net reaches one by %s', async (_name, connect) => {
  expect(await speak(connect('h.ns.svc.cluster.local'), 'h')).toContain('h');
});

test('capitals and the final dot of a name change nothing', async () => {
  expect(await speak(net.connect(80, 'H.ns.svc.Cluster.Local.'), 'h')).toContain('h');
});

test('another port and another host are left alone', async () => {
  const other = http.createServer((_req, res) => res.end('other'));
  await once(other.listen(0, '127.0.0.1'), 'listening');
  const { port } = other.address() as net.AddressInfo;
  expect(await get({ host: '127.0.0.1', port, agent: false })).toBe('other');
  other.close();
});
