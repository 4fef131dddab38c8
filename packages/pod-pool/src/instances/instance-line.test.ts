import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { manualClock } from '@openfunction/reconcile';
import { afterEach, expect, it } from 'vitest';
import { httpControl } from './instance-control.ts';
import { instanceLine } from './instance-line.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n{"loaded":true}';
const parts = () => ({
  ticket: { json: Buffer.from('{}'), signature: Buffer.alloc(64) },
  settings: Buffer.from('{}'),
  bundle: Buffer.from('code'),
  assets: Buffer.alloc(0),
  codeCache: Buffer.alloc(0),
});

/** An instance that answers every request, and the connections that it took. */
async function instance() {
  const taken: Socket[] = [];
  const server = createServer((socket) => {
    taken.push(socket);
    ends.push(() => socket.destroy());
    socket.on('error', () => undefined);
    socket.once('data', () => socket.write(answer));
  }).listen(0, '127.0.0.1');
  ends.push(() => server.close());
  await once(server, 'listening');
  const endpoint = { kind: 'tcp' as const, host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  return { server, taken, endpoint };
}

async function openLine() {
  const clock = manualClock();
  const { server, taken, endpoint } = await instance();
  const connected = once(server, 'connection');
  const line = instanceLine(endpoint, (ms, run) => clock.setTimeout(run, ms));
  ends.push(() => line.close());
  await connected;
  return { clock, server, taken, endpoint, line };
}

it('sends the load over the connection that was opened for it', async () => {
  const { taken, endpoint, line } = await openLine();
  expect(await httpControl.load(endpoint, parts, { timeoutMs: 5000, line })).toMatchObject({ loaded: true });
  expect(taken).toHaveLength(1);
});

it('sends the load over a new connection when the one for it has ended, even while it is sent', async () => {
  const { taken, endpoint, line } = await openLine();
  taken[0]?.resetAndDestroy();
  expect(await httpControl.load(endpoint, parts, { timeoutMs: 5000, line })).toMatchObject({ loaded: true });
  expect(taken).toHaveLength(2);
});

it('opens the connection again, some time after the instance ended it', async () => {
  const { clock, server, taken, endpoint, line } = await openLine();
  const again = once(server, 'connection');
  taken[0]?.end();
  await expect.poll(() => (clock.advance(1000), taken.length), { timeout: 10_000 }).toBe(2);
  await again;
  expect(await httpControl.load(endpoint, parts, { timeoutMs: 5000, line })).toMatchObject({ loaded: true });
  expect(taken).toHaveLength(2);
});

it('opens no connection after it was closed', async () => {
  const { clock, taken, line } = await openLine();
  const ended = once(taken[0]!, 'close');
  line.close();
  await ended;
  clock.advance(60_000);
  expect(line.take()).toBeUndefined();
  expect(taken).toHaveLength(1);
});
