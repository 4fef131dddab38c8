import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, it } from 'vitest';
import { passConnections } from './pass-connections.ts';

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function echo(): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
  ends.push(() => void server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function say(port: number, words: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.end(words);
  return text(socket);
}

it('passes bytes on both ways to where it is told at the time, and closes what nobody takes', async () => {
  const port = await echo();
  let to: { host: string; port: number } | undefined = { host: '127.0.0.1', port };
  const passing = await passConnections({ port: 0, to: () => to });
  ends.push(() => passing.close());
  expect(await say(passing.port, 'hello'.repeat(50_000))).toHaveLength(250_000);
  to = undefined;
  expect(await say(passing.port, 'hello').catch(() => '')).toBe('');
});
