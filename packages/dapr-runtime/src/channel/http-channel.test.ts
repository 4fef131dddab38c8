import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { realClock } from '@openfunction/reconcile';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { AppChannel } from './app-channel.ts';
import { httpChannel } from './http-channel.ts';

const patience = { timeout: 5_000, interval: 10 };

describe('calls of an app over HTTP', () => {
  let server: Server | undefined;
  let channel: AppChannel | undefined;
  afterEach(async () => {
    await channel?.close();
    await stop();
  });
  async function stop(): Promise<void> {
    const serving = server;
    server = undefined;
    serving?.closeAllConnections();
    if (serving !== undefined) await new Promise((resolve) => serving.close(resolve));
  }
  async function open(handle: RequestListener, more: { maxConcurrency?: number } = {}): Promise<AppChannel> {
    const serving = createServer(handle);
    server = serving;
    await new Promise<void>((resolve) => serving.listen(0, '127.0.0.1', resolve));
    const { port } = serving.address() as AddressInfo;
    channel = httpChannel({ host: '127.0.0.1', port, token: 't', maxBodyBytes: 100, clock: realClock, random: () => 0.5, ...more });
    return channel;
  }
  const never = new AbortController().signal;
  const get = { method: 'GET', path: '/' };

  it('carry the request, and give the whole answer in however many pieces it comes', async () => {
    let seen = '';
    const calling = await open((request, response) => {
      request.on('data', (chunk) => (seen += String(chunk)));
      request.on('end', () => {
        response.writeHead(201, { 'x-token': request.headers['dapr-api-token'] });
        response.write('one ');
        setImmediate(() => response.end('two'));
      });
    });
    const whole = await calling.call({ method: 'POST', path: '/', body: new Uint8Array([97, 98]) }, never);
    expect([seen, whole.status, whole.headers['x-token'], whole.body.toString()]).toEqual(['ab', 201, 't', 'one two']);
  });

  it('end when what they got is over the limit', async () => {
    const calling = await open((_request, response) => response.end('x'.repeat(101)));
    await expect(calling.call(get, never)).rejects.toThrow('larger than 100 bytes');
  });

  it('end when they are given up, before their turn and during it', async () => {
    let calls = 0;
    let closed = 0;
    const calling = await open(
      (_request, response) => {
        calls++;
        response.once('close', () => closed++);
      },
      { maxConcurrency: 1 },
    );
    const [first, second] = [new AbortController(), new AbortController()];
    const [during, before] = [calling.call(get, first.signal), calling.call(get, second.signal)];
    during.catch(() => {});
    await vi.waitFor(() => expect(calls).toBe(1), patience);
    second.abort();
    await expect(before).rejects.toThrow();
    first.abort();
    await expect(during).rejects.toThrow();
    await vi.waitFor(() => expect(closed).toBe(1), patience);
    await expect(calling.call(get, AbortSignal.abort())).rejects.toThrow();
    expect(calls).toBe(1);
  });

  it('end when the app does not listen, or breaks off', async () => {
    const calling = await open((request) => request.socket.destroy());
    await expect(calling.call(get, never)).rejects.toThrow();
    await stop();
    await expect(calling.call(get, never)).rejects.toThrow();
  });
});
