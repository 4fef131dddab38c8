import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createBuilderClient,
  createPoolClient,
  createRoutesClient,
  grpcServer,
  grpcTransport,
  memoryTransport,
  RpcError,
  serveBuilder,
  servePool,
  serveRoutes,
  socketServer,
  socketTransport,
  type ConnectRequest,
  type Service,
  type TlsIdentity,
  type TlsSource,
  type Transport,
} from './index.ts';
import { testAuthority } from './testing/authority.ts';

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function socketAddress(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ofn-rpc-'));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  return `unix:${join(folder, 's')}`;
}

async function overGrpc(services: Service[]): Promise<Transport> {
  const address = await socketAddress();
  const server = await grpcServer({ address, services });
  cleanups.push(() => server.close());
  const transport = grpcTransport(address);
  cleanups.push(() => transport.close());
  return transport;
}

async function overSocket(services: Service[]): Promise<Transport> {
  const path = (await socketAddress()).slice('unix:'.length);
  const server = await socketServer({ path, services });
  cleanups.push(() => server.close());
  const transport = socketTransport(path);
  cleanups.push(() => transport.close());
  return transport;
}

async function overTls(services: Service[]): Promise<Transport> {
  const authority = await testAuthority();
  const server = await grpcServer({ address: '127.0.0.1:0', services, tls: await authority.identity() });
  cleanups.push(() => server.close());
  const transport = grpcTransport(`localhost:${server.port}`, { tls: await authority.identity() });
  cleanups.push(() => transport.close());
  return transport;
}

const transports: [string, (services: Service[]) => Promise<Transport>][] = [
  ['memory', async (services) => memoryTransport(services)],
  ['gRPC over a Unix socket', overGrpc],
  ['gRPC over mutual TLS', overTls],
  ['frames over a Unix socket', overSocket],
];
const never = new AbortController().signal;

// eslint-disable-next-line require-yield -- a stream that stays open and says nothing
async function* endless(signal: AbortSignal): AsyncIterable<never> {
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

describe.each(transports)('%s', (_name, over) => {
  it('carries a stream each way, with absent scalars as their defaults', async () => {
    const transport = await over([
      servePool({
        async *connect(requests) {
          for await (const { demand } of requests) {
            yield {
              grant: {
                serving: demand!.serving,
                instance: 'i',
                slots: demand!.waiting,
                expiresAtMs: 1_700_000_000_000,
                endpoint: { unix: '/s' },
              },
            };
          }
        },
        async *watchServings() {},
      }),
    ]);
    async function* requests(): AsyncIterable<ConnectRequest> {
      yield { demand: { serving: 'a/b', waiting: 0, grantsSeen: 0 } };
      yield { demand: { serving: 'a/c', waiting: 7, grantsSeen: 0 } };
    }
    const answers = [];
    for await (const answer of createPoolClient(transport).connect(requests(), never)) answers.push(answer);
    expect(answers.map(({ grant }) => [grant!.serving, grant!.slots, grant!.expiresAtMs, grant!.endpoint])).toEqual([
      ['a/b', 0, 1_700_000_000_000, { unix: '/s' }],
      ['a/c', 7, 1_700_000_000_000, { unix: '/s' }],
    ]);
  });

  it('ends the call on both sides when the caller aborts', async () => {
    const stop = new AbortController();
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const transport = await over([
      serveRoutes({
        async *watch(_request, signal) {
          signal.addEventListener('abort', () => resolve(), { once: true });
          yield { snapshotEnd: {} };
          yield* endless(signal);
        },
      }),
    ]);
    const read = async (): Promise<void> => {
      for await (const update of createRoutesClient(transport).watch({ gatewayId: 'g' }, stop.signal)) {
        expect(update).toEqual({ snapshotEnd: {} });
        stop.abort();
      }
    };
    await expect(read()).rejects.toMatchObject({ code: 'Canceled' });
    await ended;
  });

  it('carries bytes, single answers and refusals', async () => {
    const chunks: Uint8Array[] = [];
    const transport = await over([
      serveBuilder({
        async *build() {},
        cancel: () => Promise.reject(new RpcError('NotFound', 'There is no such build.')),
        async *log() {},
        async upload(requests) {
          for await (const { chunk } of requests) if (chunk !== undefined) chunks.push(chunk);
          return { image: 'r@sha256:1' };
        },
      }),
    ]);
    const builder = createBuilderClient(transport);
    async function* parts(): AsyncIterable<{ ref?: string; chunk?: Uint8Array }> {
      yield { ref: 'r' };
      yield { chunk: new Uint8Array([1, 2, 255]) };
    }
    expect(await builder.upload(parts(), never)).toEqual({ image: 'r@sha256:1' });
    expect(chunks.map((chunk) => [...chunk])).toEqual([[1, 2, 255]]);
    await expect(builder.cancel({ builder: 'a/b', uid: 'u' }, never)).rejects.toMatchObject({
      code: 'NotFound',
      message: 'There is no such build.',
    });
  });
});

it('waits for somebody to listen for as long as it was told, and then fails as it does without', async () => {
  const address = await socketAddress();
  const routes = serveRoutes({
    async *watch() {
      yield { remove: 'a' };
    },
  });
  const ask = async (waitMs: number): Promise<unknown> => {
    const transport = grpcTransport(address, { waitMs });
    cleanups.push(() => transport.close());
    for await (const update of createRoutesClient(transport).watch({ gatewayId: 'g' }, AbortSignal.timeout(20_000))) return update;
    return undefined;
  };
  await expect(ask(50)).rejects.toMatchObject({ code: 'Unavailable' });
  const waiting = ask(20_000);
  const server = await grpcServer({ address, services: [routes] });
  cleanups.push(() => server.close());
  expect(await waiting).toMatchObject({ remove: 'a' });
});

it.each([
  ['gRPC', grpcTransport, grpcServer],
  [
    'frames',
    (address: string) => socketTransport(address.slice('unix:'.length)),
    (given: { address: string; services: Service[] }) => socketServer({ path: given.address.slice('unix:'.length), ...given }),
  ],
])('reaches a server that came back on the same socket: %s', async (_name, transportTo, serverOn) => {
  const address = await socketAddress();
  const transport = transportTo(address);
  cleanups.push(() => transport.close());
  const routes = createRoutesClient(transport);
  const firstUpdate = async (): Promise<unknown> => {
    for await (const update of routes.watch({ gatewayId: 'g' }, never)) return update;
    return undefined;
  };
  await expect(firstUpdate()).rejects.toMatchObject({ code: 'Unavailable' });
  const service = serveRoutes({
    async *watch() {
      yield { remove: 'a/b' };
    },
  });
  for (const _round of [1, 2]) {
    const server = await serverOn({ address, services: [service] });
    await expect.poll(() => firstUpdate().catch(() => undefined), { timeout: 10_000 }).toEqual({ remove: 'a/b' });
    await server.close();
  }
});

describe('mutual TLS', () => {
  const services = [
    serveRoutes({
      async *watch() {
        yield { snapshotEnd: {} };
      },
    }),
  ];
  const ask = async (port: number, tls?: TlsIdentity): Promise<unknown> => {
    const transport = grpcTransport(`localhost:${port}`, { tls });
    cleanups.push(() => transport.close());
    for await (const update of createRoutesClient(transport).watch({ gatewayId: 'g' }, never)) return update;
    return undefined;
  };

  it('refuses a caller without a certificate, and one of another authority', async () => {
    const [ours, theirs] = [await testAuthority(), await testAuthority()];
    const server = await grpcServer({ address: '127.0.0.1:0', services, tls: await ours.identity() });
    cleanups.push(() => server.close());
    const stranger = { ...(await theirs.identity()), authority: (await ours.identity()).authority };
    await expect(ask(server.port)).rejects.toMatchObject({ code: 'Unavailable' });
    await expect(ask(server.port, stranger)).rejects.toMatchObject({ code: 'Unavailable' });
    expect(await ask(server.port, await ours.identity())).toEqual({ snapshotEnd: {} });
  });

  it('does not call a server of another authority', async () => {
    const [ours, theirs] = [await testAuthority(), await testAuthority()];
    const server = await grpcServer({ address: '127.0.0.1:0', services, tls: await theirs.identity() });
    cleanups.push(() => server.close());
    const caller = { ...(await theirs.identity()), authority: (await ours.identity()).authority };
    await expect(ask(server.port, caller)).rejects.toMatchObject({ code: 'Unavailable' });
  });
});

describe('a call over a socket', () => {
  it('fails when the process at the other end stands still, though its connections stand', async () => {
    const path = (await socketAddress()).slice('unix:'.length);
    const still = createServer().listen(path);
    await once(still, 'listening');
    cleanups.push(() => void still.close());
    const routes = createRoutesClient(socketTransport(path, { silenceMs: 50 }));
    const asking = (async () => {
      for await (const _ of routes.watch({ gatewayId: 'g' }, new AbortController().signal));
    })();
    await expect(asking).rejects.toMatchObject({ code: 'Unavailable' });
  });

  it('goes on while nothing is said, as long as the other end lives', async () => {
    const path = (await socketAddress()).slice('unix:'.length);
    const quietMs = 300;
    const service = serveRoutes({
      async *watch() {
        await new Promise((resolve) => setTimeout(resolve, quietMs));
        yield { snapshotEnd: {} };
      },
    });
    const server = await socketServer({ path, services: [service], beatMs: 10 });
    cleanups.push(() => server.close());
    const routes = createRoutesClient(socketTransport(path, { silenceMs: quietMs / 2 }));
    const said = [];
    for await (const update of routes.watch({ gatewayId: 'g' }, new AbortController().signal)) said.push(update);
    expect(said).toHaveLength(1);
  });
});

it('renews the identity of both sides, and the authority, without an end to what runs', async () => {
  const [old, next] = [await testAuthority(), await testAuthority()];
  const listeners = new Set<() => void>();
  const started = { server: await old.identity(), client: await old.identity() };
  const sourceOf = (side: 'server' | 'client'): TlsSource => ({
    current: () => started[side],
    subscribe: (listener) => (listeners.add(listener), () => listeners.delete(listener)),
  });
  const ticks = Promise.withResolvers<void>();
  const routes = serveRoutes({
    async *watch() {
      yield { snapshotEnd: {} };
      await ticks.promise;
      yield { remove: 'late' };
    },
  });
  const server = await grpcServer({ address: '127.0.0.1:0', services: [routes], tls: sourceOf('server') });
  cleanups.push(() => server.close());
  const connect = (tls: TlsIdentity | TlsSource): ReturnType<typeof createRoutesClient> => {
    const transport = grpcTransport(`127.0.0.1:${server.port}`, { tls, serverName: 'localhost' });
    cleanups.push(() => transport.close());
    return createRoutesClient(transport);
  };
  const open = connect(sourceOf('client')).watch({ gatewayId: 'g' }, never)[Symbol.asyncIterator]();
  await open.next();

  for (const side of ['server', 'client'] as const) started[side] = await next.identity();
  for (const tell of listeners) tell();
  for await (const update of connect(sourceOf('client')).watch({ gatewayId: 'h' }, never)) {
    expect(update.snapshotEnd).toBeDefined();
    break;
  }
  const stale = connect(await old.identity()).watch({ gatewayId: 'i' }, AbortSignal.timeout(5_000));
  const read = async (): Promise<void> => {
    for await (const _update of stale) return;
  };
  await expect(read()).rejects.toBeInstanceOf(RpcError);
  ticks.resolve();
  expect((await open.next()).value).toMatchObject({ remove: 'late' });
});
