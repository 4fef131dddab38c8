import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { canRunPrometheus, startPrometheus } from './prometheus-server.ts';
import { canRunPushgateway, startPushgateway } from './pushgateway-server.ts';
import type { TestServer } from './server-process.ts';

const patience = { timeout: 20_000, interval: 50 };

describe.runIf((await canRunPushgateway()) && (await canRunPrometheus()))('a Pushgateway with a Prometheus that looks at it', () => {
  let gateway: TestServer;
  let prometheus: TestServer;
  beforeAll(async () => {
    gateway = await startPushgateway();
    prometheus = await startPrometheus({ targets: [gateway.port], honorLabels: true });
  }, 90_000);
  afterAll(async () => {
    await prometheus.remove();
    await gateway.remove();
  });

  const push = async (job: string, text: string): Promise<number> =>
    (await fetch(`http://127.0.0.1:${gateway.port}/metrics/job/${job}`, { method: 'POST', body: text })).status;
  const query = async (text: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]> => {
    const answer = await fetch(`http://127.0.0.1:${prometheus.port}/api/v1/query?query=${encodeURIComponent(text)}`);
    return ((await answer.json()) as { data: { result: Awaited<ReturnType<typeof query>> } }).data.result;
  };

  it('answers what was pushed, under the job of whoever pushed it', async () => {
    expect(await push('vehicles', 'speed_kmh{vehicle="a"} 42\n')).toBe(200);
    await vi.waitFor(
      async () =>
        expect(await query('speed_kmh')).toMatchObject([{ metric: { job: 'vehicles', vehicle: 'a' }, value: [expect.any(Number), '42'] }]),
      patience,
    );
    expect(await push('vehicles', 'no metric\n')).toBe(400);
  });

  it('has what was pushed although both were killed', async () => {
    await push('kept', 'kept_total 7\n');
    await vi.waitFor(async () => expect(await readFile(path.join(gateway.folder, 'metrics'), 'latin1')).toContain('kept_total'), patience);
    await vi.waitFor(async () => expect((await query('kept_total'))[0]?.value[1]).toBe('7'), patience);
    await Promise.all([gateway.kill(), prometheus.kill()]);
    await Promise.all([gateway.start(), prometheus.start()]);
    const begun = Date.now() / 1000;
    await vi.waitFor(async () => expect((await query('timestamp(kept_total)'))[0]?.value.map(Number)[1]).toBeGreaterThan(begun), patience);
    expect((await query('kept_total'))[0]?.value[1]).toBe('7');
  }, 60_000);
});
