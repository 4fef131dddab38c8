import { setTimeout as sleep } from 'node:timers/promises';
import { kafkaBroker, mqttBroker, type Broker } from './messages/brokers.ts';
import { eventOf, source, startSink, type Heard, type Sink } from './messages/sink.ts';
import { startPlatform, type Platform } from './platform/platform.ts';
import { median } from './processes.ts';
import type { Result } from './result.ts';

const messages = 400;
const skipped = 50;
const everyMs = 10;
const mostMs = 5;

/** From a published message to a function that is called with it, warm, beside the broker's client that only hears it. */
export async function run(_options: { json: boolean }): Promise<Result[]> {
  const platform = await startPlatform({ poolSize: 1 });
  try {
    return [await measured(platform, mqttBroker), await measured(platform, kafkaBroker)];
  } finally {
    await platform.close();
  }
}

async function measured(platform: Platform, start: () => Promise<Broker>): Promise<Result> {
  const broker = await start();
  const sink = await startSink();
  try {
    const floor = await alone(broker);
    const value = await throughPlatform(platform, broker, sink);
    return {
      name: `${broker.name}: published → function called, p50`,
      value: hundredths(value),
      unit: 'ms',
      must: `<= the client alone + ${mostMs} ms`,
      peer: hundredths(floor),
      ratio: hundredths(value / floor),
      ok: value <= floor + mostMs,
    };
  } finally {
    await sink.close();
    await broker.close();
  }
}

const hundredths = (value: number): number => Math.round(value * 100) / 100;

async function alone(broker: Broker): Promise<number> {
  const heard: Heard[] = [];
  const { close } = await broker.listen('alone', (data) => {
    const { id, data: event } = JSON.parse(data) as { id: string; data: { n: number } };
    heard.push({ n: event.n, id, atNs: process.hrtime.bigint() });
  });
  const published = await publishPaced(broker, 'alone');
  while (heard.length < messages) await sleep(5);
  await close();
  return delay(published, heard);
}

async function throughPlatform(platform: Platform, broker: Broker, sink: Sink): Promise<number> {
  const name = `deliver-${broker.name.toLowerCase()}`;
  await platform.apply(name, {
    image: await platform.artifact(source),
    serving: {
      params: { FUNCTION_SIGNATURE_TYPE: 'openfunction', SINK: sink.url },
      scaleOptions: { minReplicas: 1, maxReplicas: 1 },
      pubsub: { broker: broker.component },
      triggers: { dapr: [{ name: 'broker', type: broker.component.type, topic: name }] },
    },
  });
  const published = await publishPaced(broker, name);
  await sink.all(messages, 30_000);
  return delay(published, sink.heard);
}

/** When each was published, by the clock of {@link Heard}. */
async function publishPaced(broker: Broker, topic: string): Promise<bigint[]> {
  const published: bigint[] = [];
  for (let n = 0; n < messages; n++) {
    published.push(process.hrtime.bigint());
    await Promise.all([broker.publish(topic, eventOf(n)), sleep(everyMs)]);
  }
  return published;
}

function delay(published: readonly bigint[], heard: readonly Heard[]): number {
  const warm = heard.filter(({ n }) => n >= skipped);
  if (new Set(warm.map(({ n }) => n)).size !== messages - skipped) throw new Error(`Only ${warm.length} messages were brought.`);
  return median(warm.map(({ n, atNs }) => Number(atNs - (published[n] ?? 0n)) / 1e6));
}
