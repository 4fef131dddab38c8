import { setTimeout as sleep } from 'node:timers/promises';
import { kafkaBroker, mqttBroker, type Broker } from './messages/brokers.ts';
import { eventOf, source, startSink } from './messages/sink.ts';
import { startPlatform, type Platform } from './platform/platform.ts';
import { median } from './processes.ts';
import type { Result } from './result.ts';

const rounds = 15;
const pollingSeconds = 1;
const mostMs = 50;
/** Until the instance that the last round claimed has been replaced in the pool. */
const restMs = 2_000;

/** The first message for a function of which nothing runs → handled, from the pool: of sources that push, and of one that KEDA's interval polls. */
export async function run(_options: { json: boolean }): Promise<Result[]> {
  const platform = await startPlatform({ poolSize: 2 });
  try {
    const pushed = await measured(platform, mqttBroker, () => ({}));
    const pulled = await measured(platform, kafkaBroker, () => ({}));
    const polled = await measured(platform, kafkaBroker, polledLag);
    return [
      result('MQTT, first message → handled, p50', median(pushed), mostMs),
      result('Kafka, first message → handled, p50', median(pulled), mostMs),
      result(`Kafka, polled each ${pollingSeconds} s, the longest`, Math.max(...polled), pollingSeconds * 1000 + mostMs),
    ];
  } finally {
    await platform.close();
  }
}

function result(name: string, value: number, most: number): Result {
  return {
    name,
    value: Math.round(value * 10) / 10,
    unit: 'ms',
    must: `<= ${most} ms`,
    peer: most,
    ratio: Math.round((value / most) * 100) / 100,
    ok: value <= most,
  };
}

function polledLag(broker: Broker, name: string): object {
  const metadata = { bootstrapServers: broker.address, consumerGroup: `${name}-bench`, topic: name, lagThreshold: '20' };
  return { keda: { scaledObject: { pollingInterval: pollingSeconds }, triggers: [{ type: 'kafka', metadata }] } };
}

/** Milliseconds of each round, each with a function of its own. */
async function measured(
  platform: Platform,
  start: () => Promise<Broker>,
  scaling: (broker: Broker, name: string) => object,
): Promise<number[]> {
  const broker = await start();
  const sink = await startSink();
  try {
    const image = await platform.artifact(source);
    const delays: number[] = [];
    for (let n = 0; n < rounds; n++) {
      const scaleOptions = scaling(broker, '');
      const name = `zero-${broker.name.toLowerCase()}-${Object.keys(scaleOptions).length}-${n}`;
      await platform.apply(name, {
        image,
        serving: {
          params: { FUNCTION_SIGNATURE_TYPE: 'openfunction', SINK: sink.url },
          scaleOptions: { maxReplicas: 1, ...scaling(broker, name) },
          pubsub: { broker: broker.component },
          triggers: { dapr: [{ name: 'broker', type: broker.component.type, topic: name }] },
        },
      });
      await sleep(restMs);
      const published = process.hrtime.bigint();
      await broker.publish(name, eventOf(n));
      while (sink.heard.length <= n) await sleep(1);
      delays.push(Number((sink.heard[n]?.atNs ?? 0n) - published) / 1e6);
    }
    return delays;
  } finally {
    await sink.close();
    await broker.close();
  }
}
