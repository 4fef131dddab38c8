import { KeepAlive } from './kube/keep-alive.ts';
import { atMost, deploy, onCluster, quantile, until, watchInstances, type World } from './kube/world.ts';
import { ask } from './kube/steady-traffic.ts';
import type { Result } from './result.ts';

const name = 'warm';
const rounds = 11;
const perRound = 300;
const rate = 1_000;
const seconds = 10;
const connections = 32;

/** What the gateway adds to a call of a warm instance, and how it holds at a rate. */
export function run(): Promise<Result[]> {
  return onCluster('kube-warm', async (world) => {
    await deploy(world, name, { scaleOptions: { minReplicas: 1 } });
    await until('it answers', async () => (await ask(world.gateway, world.hostOf(name))).status === 200);
    const pod = await instanceOf(world);
    const [through, straight] = [new KeepAlive(world.gateway, world.hostOf(name)), new KeepAlive(pod, world.hostOf(name))];
    const [withGateway, without]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round += 1) {
      const [first, second] = [await series(through), await series(straight)];
      // The first round warms both up.
      if (round === 0) continue;
      withGateway.push(quantile(first, 0.5));
      without.push(quantile(second, 0.5));
    }
    through.close();
    straight.close();
    const straightAtRate = quantile(await openLoop(pod, world.hostOf(name)), 0.99);
    const atRate = await openLoop(world.gateway, world.hostOf(name));
    const [p50, floor] = [quantile(withGateway, 0.5), quantile(without, 0.5)];
    return [
      atMost('added p50, peer: straight to the pod', Math.round((p50 - floor) * 1000) / 1000, 0.4, { peer: floor }),
      atMost(`p99 at ${rate} requests/s, peer: straight to the pod`, quantile(atRate, 0.99), 5, { peer: straightAtRate }),
      atMost(`p50 at ${rate} requests/s (no goal)`, quantile(atRate, 0.5), 5),
    ];
  });
}

async function instanceOf(world: World): Promise<{ host: string; port: number }> {
  const workloads = watchInstances(world);
  try {
    const own = (await workloads.list()).find(({ owner, endpoints }) => owner?.kind === 'Serving' && endpoints !== undefined);
    if (own?.endpoints?.traffic.kind !== 'tcp') throw new Error('There is no instance to call.');
    return own.endpoints.traffic;
  } finally {
    workloads.close();
  }
}

async function series(connection: KeepAlive): Promise<number[]> {
  const times: number[] = [];
  for (let at = 0; at < perRound; at += 1) times.push(await connection.send());
  return times;
}

/** Sent at their times whether or not those before are answered; late ones count from when they were due. */
async function openLoop(to: { host: string; port: number }, host: string): Promise<number[]> {
  const idle = Array.from({ length: connections }, () => new KeepAlive(to, host));
  const all = [...idle];
  const times: number[] = [];
  const waiting: number[] = [];
  const open = new Set<Promise<void>>();
  const pump = (): void => {
    while (waiting.length > 0 && idle.length > 0) {
      const due = waiting.shift()!;
      const connection = idle.pop()!;
      const one = connection.send().then(() => {
        times.push(performance.now() - due);
        idle.push(connection);
        open.delete(one);
        pump();
      });
      open.add(one);
    }
  };
  const began = performance.now();
  let next = 0;
  await new Promise<void>((done) => {
    const turn = (): void => {
      for (; next < rate * seconds && began + (next * 1000) / rate <= performance.now(); next += 1)
        waiting.push(began + (next * 1000) / rate);
      pump();
      if (next < rate * seconds) setTimeout(turn, 1);
      else done();
    };
    turn();
  });
  while (open.size > 0) await Promise.all(open);
  for (const connection of all) connection.close();
  // The first second opens connections.
  return times.slice(rate);
}
