import { setTimeout as sleep } from 'node:timers/promises';
import { kafkaBroker, mqttBroker, type Broker } from './messages/brokers.ts';
import { eventOf, source, startSink, type Heard } from './messages/sink.ts';
import { startPlatform, type Platform } from './platform/platform.ts';
import type { Result } from './result.ts';

const perSecond = 500;
const betweenMs = 4_000;
const quietMs = 60_000;

/** SIGKILL to each process of the platform in turn under 500 messages a second: what is lost, and what names messages have that come twice. */
export async function run(_options: { json: boolean }): Promise<Result[]> {
  const platform = await startPlatform({ poolSize: 2 });
  try {
    return [...(await measured(platform, kafkaBroker)), ...(await measured(platform, mqttBroker))];
  } finally {
    await platform.close();
  }
}

async function measured(platform: Platform, start: () => Promise<Broker>): Promise<Result[]> {
  const broker = await start();
  const sink = await startSink();
  try {
    const name = `kill-${broker.name.toLowerCase()}`;
    await platform.apply(name, {
      image: await platform.artifact(source),
      serving: {
        params: { FUNCTION_SIGNATURE_TYPE: 'openfunction', SINK: sink.url },
        pubsub: { broker: broker.component },
        triggers: { dapr: [{ name: 'broker', type: broker.component.type, topic: name }] },
      },
    });
    const publishing = publishSteadily(broker, name);
    await sleep(betweenMs);
    for (const { pid } of Object.values(platform.state.parts)) {
      if (pid !== undefined) process.kill(-pid, 'SIGKILL');
      await sleep(betweenMs);
    }
    platform.killInstances();
    await sleep(betweenMs);
    const sent = await publishing.stop();
    await sink.all(sent, quietMs);
    return results(broker.name, sent, sink.heard);
  } finally {
    await sink.close();
    await broker.close();
  }
}

function results(broker: string, sent: number, heard: readonly Heard[]): Result[] {
  const names = new Map<number, Set<string>>();
  for (const { n, id } of heard) names.set(n, (names.get(n) ?? new Set()).add(id));
  const renamed = [...names.values()].filter(({ size }) => size > 1).length;
  return [
    none(`${broker}: lost of ${sent}`, sent - names.size),
    none(`${broker}: came again under another id (${heard.length - names.size} came again)`, renamed),
  ];
}

function none(name: string, value: number): Result {
  return { name, value, unit: 'messages', must: '0', peer: 0, ratio: value, ok: value === 0 };
}

/** Until it is stopped, which answers how many the broker has taken. */
function publishSteadily(broker: Broker, topic: string): { stop(): Promise<number> } {
  const taken: Promise<void>[] = [];
  let due = performance.now();
  const timer = setInterval(() => {
    for (; due <= performance.now(); due += 1000 / perSecond) taken.push(broker.publish(topic, eventOf(taken.length)));
  }, 5);
  return {
    stop: async () => {
      clearInterval(timer);
      await Promise.all(taken);
      return taken.length;
    },
  };
}
