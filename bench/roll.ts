import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPlatform, type Platform } from './platform/platform.ts';
import type { Result } from './result.ts';

const perSecond = 200;
const clients = 20;
const source = `exports.bench = (req, res) => res.json({ version: process.env.VERSION });`;
const serving = (version: string): Record<string, unknown> => ({
  triggers: { http: { port: 8080 } },
  scaleOptions: { minReplicas: 1 },
  params: { VERSION: version },
});

/**
 * 200 requests a second from clients that keep their connections, leave one that says it ends, and never send anything twice:
 * while a new version rolls out, and while the only gateway is told to end and started again.
 */
export async function run(_options: { json: boolean }): Promise<Result[]> {
  const platform = await startPlatform({ poolSize: 2 });
  try {
    const image = await platform.artifact(source);
    await platform.apply('rolling', { image, serving: serving('1') });
    const roll = await under(platform, () => platform.apply('rolling', { image, serving: serving('2') }));
    if (!roll.versions.has('2')) throw new Error('The new version never answered.');
    const restart = await under(platform, () => restartGateway(platform));
    return [result(`new version under ${perSecond} requests/s`, roll), result(`gateway restart under ${perSecond} requests/s`, restart)];
  } finally {
    await platform.close();
  }
}

interface Load {
  sent: number;
  failures: string[];
  versions: Set<string>;
  slowestMs: number;
}

/** What becomes of the requests while something happens, and two seconds before and after. */
async function under(platform: Platform, happens: () => Promise<void>): Promise<Load> {
  const load: Load = { sent: 0, failures: [], versions: new Set(), slowestMs: 0 };
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const asked: Promise<void>[] = [];
  const began = performance.now();
  const timer = setInterval(() => {
    for (const due = ((performance.now() - began) / 1000) * perSecond; load.sent < due; load.sent++) asked.push(ask(platform, agent, load));
  }, 5);
  try {
    await sleep(2_000);
    await happens();
    await sleep(2_000);
  } finally {
    clearInterval(timer);
    await Promise.all(asked);
    agent.destroy();
  }
  return load;
}

function ask({ state }: Platform, agent: Agent, load: Load): Promise<void> {
  const at = performance.now();
  return new Promise((done) => {
    const failed = (why: string): void => {
      load.failures.push(why);
      done();
    };
    const sent = request(state.gateway!, { agent, headers: { host: 'rolling.bench.localhost' }, timeout: 30_000 }, (answer) => {
      let body = '';
      answer.on('data', (chunk: Buffer) => (body += chunk.toString()));
      answer.on('error', (error) => failed(error.message));
      answer.on('end', () => {
        if (answer.statusCode !== 200) return failed(`${answer.statusCode} ${body}`);
        load.versions.add((JSON.parse(body) as { version: string }).version);
        load.slowestMs = Math.max(load.slowestMs, performance.now() - at);
        done();
      });
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer in 30 s')));
    sent.on('error', (error) => failed(error.message));
    sent.end();
  });
}

async function restartGateway({ state }: Platform): Promise<void> {
  const before = state.parts['gateway']!;
  const { pid } = before;
  process.kill(pid!, 'SIGTERM');
  for (let part = before; part.pid === pid || !part.isReady; part = state.parts['gateway']!) await sleep(20);
  // The old one may finish for five seconds more.
  await sleep(6_000);
}

function result(name: string, { sent, failures, slowestMs }: Load): Result {
  for (const why of new Set(failures)) console.error(`${name}: ${why}`);
  return {
    name: `${name}: failed of ${sent} (slowest ${Math.round(slowestMs)} ms)`,
    value: failures.length,
    unit: 'requests',
    must: '0',
    peer: 0,
    ratio: failures.length === 0 ? 1 : failures.length,
    ok: failures.length === 0,
  };
}
