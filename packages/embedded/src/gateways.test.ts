import { mkdtempSync, rmSync } from 'node:fs';
import { request, type RequestOptions } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { dataFolder } from './data-folder.ts';
import type { PlatformState } from './platform-state.ts';
import { runPlatform } from './run-platform.ts';

let data: string;
let end: AbortController;
let running: Promise<void>;
let state: PlatformState;

beforeEach(async () => {
  data = mkdtempSync(path.join(tmpdir(), 'g-'));
  end = new AbortController();
  const ready = Promise.withResolvers<PlatformState>();
  running = runPlatform({
    folder: dataFolder(data),
    domain: 'localhost',
    port: 0,
    gateways: 2,
    poolSize: 0,
    env: process.env,
    signal: end.signal,
    onReady: ready.resolve,
    log: () => undefined,
  });
  running.catch(ready.reject);
  state = await ready.promise;
}, 60_000);
afterEach(async () => {
  end.abort();
  await running;
  rmSync(data, { recursive: true });
}, 60_000);

/** The status of an answer on a connection of its own; 0: there was none. */
function call(): Promise<number> {
  return statusOf({ port: new URL(state.gateway!).port, host: '127.0.0.1', headers: { host: 'nobody.default.localhost' } });
}

/** As a function calls another one by its name inside the cluster. */
function callInside(): Promise<number> {
  return statusOf({ socketPath: dataFolder(data).internalSocket, headers: { host: 'nobody.default.svc.cluster.local' } });
}

function statusOf(to: RequestOptions): Promise<number> {
  return new Promise((resolve) => {
    request({ ...to, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    })
      .on('error', () => resolve(0))
      .end();
  });
}

const parts = (): (number | undefined)[] => ['gateway', 'gateway-2'].map((name) => state.parts[name]?.pid);

it('takes callers with several processes on one port, and loses none while they restart', async () => {
  expect(new Set(parts()).size).toBe(2);
  const before = parts();
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    for (const pid of parts()) process.kill(pid!, signal);
    const answers = await Promise.all(Array.from({ length: 20 }, call));
    // A connection that a killed process had taken is lost with it; one in line is not.
    expect(answers.filter((status) => status !== 404)).toEqual([]);
    await expect.poll(() => parts().every((pid) => pid !== undefined && !before.includes(pid)), { timeout: 30_000 }).toBe(true);
    before.push(...parts());
  }
}, 120_000);

it('answers the names inside the cluster with whichever process works', async () => {
  for (const pid of parts()) {
    process.kill(pid!, 'SIGSTOP');
    try {
      expect(await Promise.all(Array.from({ length: 5 }, callInside))).toEqual([404, 404, 404, 404, 404]);
    } finally {
      process.kill(pid!, 'SIGCONT');
    }
  }
}, 30_000);

it.each(['SIGTERM', 'SIGKILL'] as const)(
  'keeps callers of the names inside the cluster in line while all processes restart after %s',
  async (signal) => {
    const before = parts();
    for (const pid of before) process.kill(pid!, signal);
    expect(await Promise.all(Array.from({ length: 20 }, callInside))).toEqual(Array.from({ length: 20 }, () => 404));
    await expect.poll(() => parts().every((pid) => pid !== undefined && !before.includes(pid)), { timeout: 30_000 }).toBe(true);
    expect(await callInside()).toBe(404);
  },
  60_000,
);
