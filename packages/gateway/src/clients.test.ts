import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPoolClient, createRoutesClient, memoryTransport, servePool, serveRoutes } from '@openfunction/protocol';
import { expect, it, vi } from 'vitest';
import { activatorClient } from './activator-client.ts';
import { RouteTable } from './route-table.ts';
import { followRoutes } from './routes-client.ts';

it('connects again after the stream broke, and says again who waits', async () => {
  let streams = 0;
  const service = servePool({
    async *connect(requests) {
      streams++;
      for await (const { demand } of requests) {
        if (demand === undefined) continue;
        if (streams === 1) throw new Error('gone');
        yield { grant: { serving: demand.serving, instance: 'i', endpoint: { unix: '/s' }, slots: demand.waiting, expiresAtMs: 5 } };
      }
    },
    async *watchServings() {},
  });
  const stop = new AbortController();
  const activator = activatorClient({
    pool: createPoolClient(memoryTransport([service])),
    gatewayId: 'g',
    backoffMs: { first: 1, longest: 1 },
  });
  activator.demand('n/s', 3);
  for await (const message of activator.grants(stop.signal, () => [])) {
    if (message.kind === 'link') continue;
    expect(message).toEqual({
      kind: 'grant',
      serving: 'n/s',
      instance: 'i',
      endpoint: { kind: 'unix', path: '/s' },
      slots: 3,
      expiresAt: 5,
    });
    break;
  }
  stop.abort();
  expect(streams).toBe(2);
});

it('names what is held each time it connects, and says when nobody can be reached', async () => {
  const hellos: unknown[] = [];
  const service = servePool({
    async *connect(requests) {
      for await (const { hello } of requests) {
        hellos.push(hello?.held);
        yield { refusal: { serving: 'n/s', code: 'Refused', message: '', retryAfterSeconds: 0 } };
        return;
      }
    },
    async *watchServings() {},
  });
  const stop = new AbortController();
  const activator = activatorClient({
    pool: createPoolClient(memoryTransport([service])),
    gatewayId: 'g',
    backoffMs: { first: 1, longest: 1 },
  });
  const held = { serving: 'n/s', instance: 'i', endpoint: { kind: 'tcp' as const, host: '10.0.0.1', port: 80 }, slots: 3, expiresAt: 9 };
  const kinds: string[] = [];
  for await (const message of activator.grants(stop.signal, () => (hellos.length === 0 ? [] : [held]))) {
    kinds.push(message.kind === 'link' ? `link ${message.isUp}` : message.kind);
    if (hellos.length === 2) break;
  }
  stop.abort();
  expect(hellos).toEqual([
    [],
    [{ serving: 'n/s', instance: 'i', endpoint: { tcp: { host: '10.0.0.1', port: 80 } }, slots: 3, expiresAtMs: 9 }],
  ]);
  expect(kinds.slice(0, 3)).toEqual(['link true', 'refusal', 'link false']);
});

it('asks every replica, and listens to the one in charge', async () => {
  const replica = (inCharge: boolean): ReturnType<typeof createPoolClient> =>
    createPoolClient(
      memoryTransport([
        servePool({
          async *connect(requests) {
            if (!inCharge) throw new Error('NotHolder');
            for await (const { demand } of requests)
              if (demand !== undefined)
                yield { grant: { serving: demand.serving, instance: 'i', endpoint: { unix: '/s' }, slots: 1, expiresAtMs: 5 } };
          },
          async *watchServings() {},
        }),
      ]),
    );
  const stop = new AbortController();
  const activator = activatorClient({ pool: [replica(false), replica(true), replica(false)], gatewayId: 'g' });
  activator.demand('n/s', 1);
  const seen = [];
  for await (const message of activator.grants(stop.signal, () => [])) {
    seen.push(message.kind);
    if (message.kind === 'grant') break;
  }
  stop.abort();
  expect(seen).toEqual(['link', 'grant']);
});

it('follows the replicas as they come and go, and says at the next one who waits', async () => {
  const asked: string[] = [];
  const replica = (name: string): ReturnType<typeof createPoolClient> =>
    createPoolClient(
      memoryTransport([
        servePool({
          async *connect(requests) {
            yield { welcome: {} };
            for await (const { demand } of requests) {
              if (demand === undefined) continue;
              asked.push(`${name} ${demand.waiting}`);
              yield { grant: { serving: demand.serving, instance: name, endpoint: { unix: '/s' }, slots: 1, expiresAtMs: 5 } };
            }
          },
          async *watchServings() {},
        }),
      ]),
    );
  const [first, second] = [replica('first'), replica('second')];
  const isGone = Promise.withResolvers<void>();
  const stop = new AbortController();
  const activator = activatorClient({
    gatewayId: 'g',
    async *pool() {
      yield [first];
      await isGone.promise;
      yield [second];
      yield [second];
    },
  });
  activator.demand('n/s', 2);
  const granted: string[] = [];
  for await (const message of activator.grants(stop.signal, () => [])) {
    if (message.kind !== 'grant') continue;
    granted.push(message.instance);
    if (granted.length === 2) break;
    isGone.resolve();
  }
  stop.abort();
  expect(granted).toEqual(['first', 'second']);
  expect(asked).toEqual(['first 2', 'second 2']);
});

it('replaces the table by a snapshot, and starts from its copy when nobody answers', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'routes-'));
  const copyPath = join(folder, 'routes.json');
  const service = serveRoutes({
    async *watch(_request, signal) {
      yield {
        upsert: {
          id: 'n/f',
          serving: 'n/s',
          unavailable: '',
          pending: false,
          entries: [{ host: 'f.test', path: { type: 'PATH_MATCH_TYPE_PREFIX' as const, value: '/' }, internal: false, stripPrefix: '' }],
          rules: [],
          createdAtMs: 0,
          queueLength: 0,
        },
      };
      yield { snapshotEnd: {} };
      await new Promise((done) => signal.addEventListener('abort', done, { once: true }));
    },
  });
  const follow = async (services: Parameters<typeof memoryTransport>[0]): Promise<string | undefined> => {
    const table = new RouteTable();
    const stop = new AbortController();
    const following = followRoutes({
      routes: createRoutesClient(memoryTransport(services)),
      table,
      gatewayId: 'g',
      copyPath,
      signal: stop.signal,
      copyDelayMs: 1,
    });
    await vi.waitFor(async () => {
      expect(table.size).toBe(1);
      expect(JSON.parse(await readFile(copyPath, 'utf8'))).toHaveLength(1);
    });
    stop.abort();
    await following;
    return table.find('f.test', '/', false)?.route.serving;
  };
  expect(await follow([service])).toBe('n/s');
  expect(await follow([])).toBe('n/s');
  await rm(folder, { recursive: true });
});
