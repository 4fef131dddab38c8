import { Pool } from 'undici';
import { cpuSeconds, median } from '../processes.ts';
import type { Started } from './targets.ts';

export interface Request {
  method: 'GET' | 'POST';
  path: string;
  body?: string;
}

export interface Load {
  p50Ms: number;
  /** Of the process that answers. */
  cpuMicroseconds: number;
}

const connections = 16;

/** So many requests a second, whether earlier ones were answered or not: what waits counts. */
export async function steadyLoad(
  { child, origin }: Started,
  request: Request,
  { rate, seconds }: { rate: number; seconds: number },
): Promise<Load> {
  const pool = new Pool(origin, { connections });
  const latencies: number[] = [];
  const pending = new Set<Promise<void>>();
  const send = async (): Promise<void> => {
    const begun = performance.now();
    const headers = request.body === undefined ? {} : { 'content-type': 'application/json' };
    const { statusCode, body } = await pool.request({ ...request, headers });
    await body.dump();
    if (statusCode >= 300) throw new Error(`${request.method} ${request.path} was answered with ${statusCode}.`);
    latencies.push(performance.now() - begun);
  };
  const cpuBefore = cpuSeconds(child.pid ?? 0);
  const begun = performance.now();
  const all = rate * seconds;
  let sent = 0;
  while (sent < all) {
    const due = Math.min(all, Math.floor(((performance.now() - begun) / 1000) * rate));
    for (; sent < due; sent++) {
      const one = send();
      pending.add(one);
      void one.finally(() => pending.delete(one)).catch(() => {});
    }
    await new Promise((done) => setTimeout(done, 1));
  }
  await Promise.all(pending);
  const used = cpuSeconds(child.pid ?? 0) - cpuBefore;
  await pool.close();
  return { p50Ms: median(latencies), cpuMicroseconds: (used / all) * 1e6 };
}
