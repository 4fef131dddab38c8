import { once } from 'node:events';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, type Answer } from '../../support/call.ts';
import { deploy, kubectl, remove } from '../../support/functions.ts';
import { until } from '../../support/until.ts';
import { useTarget } from '../use-target.ts';
import { platformNamespace, podInCharge } from './pods.ts';

const patienceMs = 90_000;
const hasRedis = spawnSync('redis-server', ['--version']).status === 0;
const why = hasRedis ? '' : ' (skipped: they need redis-server)';

interface Redis {
  address: string;
  close(): Promise<void>;
}

/** A Redis that pods of the cluster reach. */
async function startRedis(host: string): Promise<Redis> {
  const probe = createServer().listen(0, host);
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  const folder = await mkdtemp(path.join(tmpdir(), 'ofn-redis-'));
  const args = ['--port', String(port), '--bind', host, '--protected-mode', 'no', '--dir', folder, '--save', ''];
  const child: ChildProcess = spawn('redis-server', args, { stdio: 'ignore' });
  await until('Redis answers', 10_000, async () => spawnSync('redis-cli', ['-h', host, '-p', String(port), 'ping']).status === 0);
  return {
    address: `${host}:${port}`,
    close: async () => {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

describe.skipIf(!hasRedis)(`messages on a cluster${why}`, async () => {
  const target = await useTarget();
  let redis: Redis;
  let pubsub: Record<string, object>;
  let states: Record<string, object>;

  beforeAll(async () => {
    redis = await startRedis(target.serverHost);
    const metadata = [
      { name: 'redisHost', value: redis.address },
      { name: 'redisPassword', value: '' },
    ];
    pubsub = { broker: { type: 'pubsub.redis', version: 'v1', metadata } };
    states = { counts: { spec: { type: 'state.redis', version: 'v1', metadata } } };
    const outputs = [{ dapr: { name: 'broker', topic: 'numbers', type: 'pubsub.redis', outputName: 'numbers' } }];
    const of = { source: 'messages', signature: 'openfunction' };
    await deploy(target, { ...of, name: 'publish', target: 'publish', serving: { pubsub, outputs } });
    await deploy(target, {
      ...of,
      name: 'count',
      target: 'count',
      // One at a time: it reads, and writes what it read and one more.
      serving: { pubsub, states, containerConcurrency: 1, scaleOptions: { maxReplicas: 1 } },
      triggers: { dapr: [{ name: 'broker', type: 'pubsub.redis', topic: 'numbers' }] },
    });
    for (const name of ['publish', 'count'])
      await kubectl(target, 'wait', '--for=condition=Ready', '--timeout=90s', `functions.core.openfunction.io/${name}`);
  });
  afterAll(async () => {
    await remove(target, 'default', 'publish', 'count', 'spy', 'bare');
    await redis.close();
  });

  const publish = (n: number): Promise<Answer> =>
    call(target, 'publish', { method: 'POST', body: JSON.stringify({ n }), headers: { 'content-type': 'application/json' } });
  /** What was not taken is sent again: its sender knows. */
  async function published(n: number): Promise<void> {
    while ((await publish(n)).status !== 200) continue;
  }
  async function counted(below: number): Promise<number[]> {
    const { status, body } = await call(target, 'count', { path: `/?below=${below}` });
    expect(status, body).toBe(200);
    return JSON.parse(body) as number[];
  }

  it('bring what one function publishes to another, which keeps state', async () => {
    expect(await publish(0)).toMatchObject({ status: 200, body: 'sent' });
    await until('the message is counted', patienceMs, async () => (await counted(1))[0] === 1);
  });

  it('are not lost when the replica that takes them is killed, and when it is asked to end', async () => {
    const [count, atOnce] = [500, 10];
    let ended: string | undefined;
    // What the holder has was not counted yet: that takes one at a time.
    const events: Record<number, () => Promise<unknown>> = {
      101: () => target.kill('event-bus'),
      301: async () => {
        ended = await podInCharge('event-bus');
        await kubectl(target, 'delete', 'pod', ended, '-n', platformNamespace, '--wait=false');
      },
    };
    const happened: Promise<unknown>[] = [];
    for (let n = 1; n < count; n += atOnce) {
      const lot = Array.from({ length: Math.min(atOnce, count - n) }, (_, index) => n + index);
      await Promise.all(lot.map(published));
      const event = events[n]?.();
      event?.catch(() => {});
      if (event !== undefined) happened.push(event);
    }
    await Promise.all(happened);
    expect(happened).toHaveLength(2);
    const times = await until('all messages are counted', patienceMs, async () => {
      const present = await counted(count);
      return present.every((seen) => seen > 0) && present;
    });
    await until('another replica holds the Lease', patienceMs, async () => (await podInCharge('event-bus')) !== ended);
    console.log(`Of ${count} messages ${times.filter((seen) => seen > 1).length} came more than once`);
  });

  interface Spied {
    told: string[];
    answers: Answer[];
  }
  async function spy(name: string, asked: { api?: string; token?: string; paths: string[] }): Promise<Spied> {
    const headers = { 'content-type': 'application/json' };
    const { status, body } = await call(target, name, { method: 'POST', body: JSON.stringify(asked), headers });
    expect(status, body).toBe(200);
    return JSON.parse(body) as Spied;
  }

  it('are for whoever has the token alone, and nobody sees components of another function', async () => {
    const own = { mine: states['counts']! };
    await deploy(target, { name: 'spy', source: 'messages', target: 'spy', serving: { states: own } });
    await deploy(target, { name: 'bare', source: 'messages', target: 'spy' });
    for (const name of ['spy', 'bare'])
      await kubectl(target, 'wait', '--for=condition=Ready', '--timeout=90s', `functions.core.openfunction.io/${name}`);

    const { told, answers } = await spy('spy', {
      paths: ['/v1.0/metadata', '/v1.0/state/mine/n0', '/v1.0/state/counts/n0', '/v1.0/state/mine/count-default%7C%7Cn0'],
    });
    expect(told).toEqual(expect.arrayContaining(['DAPR_API_TOKEN', 'APP_API_TOKEN', 'DAPR_HTTP_ENDPOINT']));
    const [metadata, mine, others, prefixed] = answers;
    expect(JSON.parse(metadata?.body ?? '')).toMatchObject({ id: 'spy-default', components: [{ name: 'mine' }] });
    // The same Redis has a value of this key for another function.
    expect(mine).toMatchObject({ status: 204 });
    expect(prefixed).toMatchObject({ status: 400, body: expect.stringContaining('ERR_') as string });
    expect(others).toMatchObject({ status: 400, body: expect.stringContaining('ERR_STATE_STORE_NOT_FOUND') as string });

    const api = 'http://event-bus.openfunction.svc.cluster.local:3500';
    for (const asked of [{}, { token: 'guessed' }]) {
      const without = await spy('bare', {
        api,
        ...asked,
        paths: ['/v1.0/metadata', '/v1.0/state/counts/n0', '/v1.0/invoke/count-default/method/'],
      });
      expect(without.told).toEqual([]);
      expect(without.answers.map(({ status }) => status)).toEqual([401, 401, 401]);
    }
  });
});
