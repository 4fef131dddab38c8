import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { callInstance, TimeoutError } from './instance-call.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** Answers in pieces, each in a packet of its own as far as that can be had. */
async function answering(pieces: string[], closes = true): Promise<{ asked: () => string; call: (timeoutMs?: number) => Promise<object> }> {
  let asked = '';
  const server = createServer((socket) => {
    ends.push(() => socket.destroy());
    socket.on('error', () => undefined);
    socket.once('data', async (chunk) => {
      asked += chunk.toString();
      for (const piece of pieces) {
        socket.write(piece);
        await new Promise((resolve) => setImmediate(resolve));
      }
      if (closes) socket.end();
    });
  }).listen(0, '127.0.0.1');
  ends.push(() => server.close());
  await once(server, 'listening');
  const endpoint = { kind: 'tcp' as const, host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  const body = [Buffer.from('one'), Buffer.from('two')];
  return {
    asked: () => asked,
    call: (timeoutMs = 5000) => callInstance({ endpoint, method: 'POST', path: '/v1/load', body: () => body, timeoutMs }),
  };
}

it('sends one request, and reads an answer that comes in pieces', async () => {
  const { asked, call } = await answering(['HTTP/1.1 200 OK\r\nContent-Le', 'ngth: 15\r\n\r\n{"loaded":', 'true}'], false);
  expect(await call()).toEqual({ loaded: true });
  expect(asked()).toMatch(/^POST \/v1\/load HTTP\/1\.1\r\nhost: instance\r\nconnection: close\r\ncontent-length: 6\r\n\r\nonetwo$/);
});

it('reads an answer without a length to its end', async () => {
  const { call } = await answering(['HTTP/1.1 200 OK\r\n\r\n{"a":', '1}']);
  expect(await call()).toEqual({ a: 1 });
});

it.each([
  ['nothing', [''], 'closed the connection'],
  ['half an answer', ['HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{}'], 'closed the connection'],
  ['no HTTP', ['SSH-2.0-x\r\n\r\n'], 'not the protocol'],
  ['no JSON', ['HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n<>'], 'not the protocol'],
  ['no object', ['HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nnull'], 'not the protocol'],
  ['too much', [`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(2_000_000)}`], 'too many bytes'],
])('refuses %s', async (_what, pieces, message) => {
  await expect((await answering(pieces)).call()).rejects.toThrow(message);
});

it('waits no longer than it was told', async () => {
  const { call } = await answering([''], false);
  await expect(call(50)).rejects.toBeInstanceOf(TimeoutError);
});
