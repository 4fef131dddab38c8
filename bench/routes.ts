import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { dataFolder, partMemory } from '@openfunction/embedded';
import { followRoutes, RouteTable, type Route } from '@openfunction/gateway';
import { createRoutesClient, socketTransport } from '@openfunction/protocol';
import { end, median } from './processes.ts';
import type { Result } from './result.ts';
import { connectApi, type Api } from './routes/api.ts';

const first = 1_000;
const all = 10_000;
const connections = 16;
const collection = '/apis/core.openfunction.io/v1beta2/namespaces/bench/functions';

/**
 * 1,000 functions whose artifact is ready are applied at full speed, until a gateway's table leads to each; then up to
 * 10,000, which are listed; and one route of 10,000 is changed, again and again.
 */
export async function run(_options: { json: boolean }): Promise<Result[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'br-'));
  const children: ChildProcess[] = [];
  const stop = new AbortController();
  try {
    const control = fork(path.join(import.meta.dirname, 'routes/control.ts'), [folder], {
      execArgv: ['--conditions=@openfunction/source', ...partMemory.control.flags],
      env: { ...process.env, ...partMemory.control.env },
      stdio: 'inherit',
    });
    children.push(control);
    const [{ image }] = (await once(control, 'message')) as [{ image: string }];
    const data = dataFolder(folder);
    const table = new RouteTable();
    const transport = socketTransport(data.controlSocket);
    const routes = createRoutesClient(transport);
    const following = followRoutes({ routes, table, gatewayId: 'bench', copyPath: path.join(folder, 'copy.json'), signal: stop.signal });
    const api = connectApi(data.kubeconfig, connections);
    await expectOk(api.ask('PATCH', '/api/v1/namespaces/bench?fieldManager=bench', named('v1', 'Namespace', { name: 'bench' })));

    const began = performance.now();
    const applied = applyAll(api, image, 0, first).then(() => performance.now() - began);
    const routableMs = await routable(table, first, began);
    const appliedMs = await applied;
    await applyAll(api, image, first, all);
    await routable(table, all, performance.now());
    const listed = await listAll(api);
    const changeUs = routeChange(table);
    stop.abort();
    await following;
    transport.close();
    api.close();
    return [
      result(`${first} functions applied over ${connections} connections, all routable`, routableMs, 'ms', 4_000),
      result(`${first} functions applied (answered by the API)`, appliedMs, 'ms', Infinity),
      result(`${all} functions listed, in pages of 500`, listed, 'ms', Infinity),
      result(`route change at ${all} routes`, changeUs, 'µs', 50),
    ];
  } finally {
    stop.abort();
    for (const child of children) await end(child, 'SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  }
}

function named(apiVersion: string, kind: string, metadata: object): object {
  return { apiVersion, kind, metadata };
}

async function expectOk(asked: ReturnType<Api['ask']>): Promise<string> {
  const { status, body } = await asked;
  if (status >= 300) throw new Error(`The API answered ${status}: ${body}`);
  return body;
}

/** Each connection takes the next one as soon as its last is answered. */
async function applyAll(api: Api, image: string, from: number, to: number): Promise<void> {
  let next = from;
  const connection = async (): Promise<void> => {
    while (next < to) {
      const name = `f${next++}`;
      const fn = {
        ...named('core.openfunction.io/v1beta2', 'Function', { name, namespace: 'bench' }),
        spec: { image, serving: { triggers: { http: { port: 8080 } } } },
      };
      await expectOk(api.ask('PATCH', `${collection}/${name}?fieldManager=bench`, fn));
    }
  };
  await Promise.all(Array.from({ length: connections }, connection));
}

async function routable(table: RouteTable, count: number, began: number): Promise<number> {
  for (;;) {
    if (table.size >= count && table.routes().filter(({ serving }) => serving !== '').length >= count) return performance.now() - began;
    if (performance.now() - began > 300_000) throw new Error(`Only ${table.size} of ${count} functions have a route after 5 minutes.`);
    await sleep(20);
  }
}

async function listAll(api: Api): Promise<number> {
  const began = performance.now();
  let seen = 0;
  for (let token: string | undefined = ''; token !== undefined;) {
    const body = await expectOk(api.ask('GET', `${collection}?limit=500${token && `&continue=${encodeURIComponent(token)}`}`));
    const { items, metadata } = JSON.parse(body) as { items: unknown[]; metadata: { continue?: string } };
    seen += items.length;
    token = metadata.continue || undefined;
  }
  if (seen !== all) throw new Error(`${seen} functions were listed, and not ${all}.`);
  return performance.now() - began;
}

function routeChange(table: RouteTable): number {
  const changing: Route[] = table.routes().slice(0, 1_000);
  const times = changing.map((route) => {
    const began = performance.now();
    table.upsert({ ...route, serving: `${route.serving}-2` });
    return (performance.now() - began) * 1_000;
  });
  return median(times);
}

function result(name: string, value: number, unit: string, least: number): Result {
  const isBound = Number.isFinite(least);
  return {
    name,
    value: Math.round(value * 10) / 10,
    unit,
    must: isBound ? `<= ${least} ${unit}` : 'reported',
    peer: isBound ? least : Math.round(value),
    ratio: isBound ? Math.round((value / least) * 100) / 100 : 1,
    ok: value <= least,
  };
}
