import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { kubeApi, type KubeApi } from './api.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function serve(scheme: 'http' | 'https', onConnection: (socket: Socket) => void): Promise<KubeApi> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket.on('error', () => undefined));
    onConnection(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const api = kubeApi({
    server: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tls: { rejectUnauthorized: false },
    headers: async () => ({}),
  });
  ends.push(
    () => server.close(),
    api.close,
    () => open.forEach((socket) => socket.destroy()),
  );
  return api;
}

it('offers the server HTTP/1.1 alone, so that a watch that stands still holds no other one up', async () => {
  const greeted = Promise.withResolvers<Buffer>();
  const api = await serve('https', (socket) => socket.once('data', (hello: Buffer) => (greeted.resolve(hello), socket.destroy())));
  await expect(api.json({ method: 'GET', path: '/' })).rejects.toMatchObject({ code: 'Unavailable' });
  const hello = (await greeted.promise).toString('latin1');
  // As ALPN writes a protocol: its length, then its name.
  expect([hello.includes('\u0008http/1.1'), hello.includes('\u0002h2')]).toEqual([true, false]);
});

it('reads on while other answers are not read', async () => {
  const api = await serve('http', (socket) => {
    socket.once('data', (head: Buffer) => {
      const isWatch = head.toString().startsWith('GET /watch');
      socket.write(`HTTP/1.1 200 OK\r\n${isWatch ? 'transfer-encoding: chunked' : 'content-length: 2'}\r\n\r\n`);
      socket.write(isWatch ? `${(1 << 20).toString(16)}\r\n${'x\n'.repeat(1 << 19)}\r\n` : '{}');
    });
  });
  const unread = Array.from({ length: 8 }, () => api.lines({ method: 'GET', path: '/watch' })[Symbol.asyncIterator]());
  for (const lines of unread) expect(await lines.next()).toEqual({ done: false, value: 'x' });
  expect(await api.json({ method: 'GET', path: '/other' })).toEqual({});
  for (const lines of unread) await lines.return?.();
});
