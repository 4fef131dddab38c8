import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRoutesClient, memoryTransport, serveRoutes } from '@openfunction/protocol';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RouteTable } from './route-table.ts';
import type { Route } from './route/route.ts';
import { followRoutes } from './routes-client.ts';
import { routesCopy } from './routes-copy.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'routes-'));
  path = join(folder, 'routes.json');
});
afterEach(() => rm(folder, { recursive: true }));

const wire = (serving: string): object => ({
  upsert: { id: 'n/f', serving, entries: [{ host: 'f.test', path: { type: 'PATH_MATCH_TYPE_PREFIX', value: '/' } }] },
});

it('is written once for many changes, and the last one wins', async () => {
  const changes = 1000;
  let files = 0;
  const service = serveRoutes({
    async *watch(_request, signal) {
      yield { snapshotEnd: {} };
      for (let change = 0; change < changes; change++) yield wire(`n/s${change}`);
      await new Promise((done) => signal.addEventListener('abort', done, { once: true }));
    },
  });
  const table = new RouteTable();
  const stop = new AbortController();
  const following = followRoutes({
    routes: createRoutesClient(memoryTransport([service])),
    table,
    gatewayId: 'g',
    copyPath: path,
    signal: stop.signal,
    copyDelayMs: 50,
  });
  let inode = 0;
  await vi.waitFor(async () => {
    const now = (await stat(path).catch(() => undefined))?.ino ?? 0;
    if (now !== inode) files++;
    inode = now;
    expect(await readFile(path, 'utf8')).toContain(`"n/s${changes - 1}"`);
  });
  stop.abort();
  await following;
  expect(files).toBeLessThan(10);
  expect(table.find('f.test', '/', false)?.route.serving).toBe(`n/s${changes - 1}`);
  expect(table.size).toBe(1);
});

it('leaves no trace in memory of routes that changed a hundred thousand times', () => {
  const table = new RouteTable();
  const entry = { host: 'f.test', path: { type: 'prefix' as const, value: '/' }, internal: false, stripPrefix: '' };
  const started = performance.now();
  for (let change = 0; change < 100_000; change++)
    table.upsert({
      id: `n/f${change % 10}`,
      serving: `n/s${change}`,
      unavailable: '',
      entries: [{ ...entry, host: `f${change % 7}.test` }],
    });
  expect(table.size).toBe(10);
  for (let index = 0; index < 10; index++) table.remove(`n/f${index}`);
  for (let index = 0; index < 7; index++) expect(table.find(`f${index}.test`, '/', false)).toBeUndefined();
  expect(performance.now() - started).toBeLessThan(5_000);
});

it('is written when the gateway ends, and a damaged one counts as none', async () => {
  const routes: Route[] = [{ id: 'n/f', serving: 'n/s', unavailable: '', entries: [] }];
  const copy = routesCopy({ path, routes: () => routes, delayMs: 60_000 });
  copy.changed();
  await copy.close();
  expect(await copy.read()).toEqual(routes);
  await writeFile(path, '[{"id":');
  expect(await copy.read()).toEqual([]);
});
