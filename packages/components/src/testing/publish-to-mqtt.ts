import { connectAsync } from 'mqtt';
import type { TestServer } from './server-process.ts';

export interface MqttMessage {
  topic: string;
  data: string;
}

/** Resolves when the broker has acknowledged all of them, at QoS 1. */
export async function publishToMqtt({ host, port }: Pick<TestServer, 'host' | 'port'>, messages: readonly MqttMessage[]): Promise<void> {
  const client = await connectAsync(`mqtt://${host}:${port}`);
  await Promise.all(messages.map(({ topic, data }) => client.publishAsync(topic, data, { qos: 1 })));
  await client.endAsync();
}
