import { startKafka, startMosquitto } from '@openfunction/components/testing';
import { Consumer, MessagesStreamModes, Producer } from '@platformatic/kafka';
import { connectAsync } from 'mqtt';

/** A broker with a client that publishes to it, and its component for functions. */
export interface Broker {
  name: 'MQTT' | 'Kafka';
  component: { type: string; version: 'v1'; metadata: { name: string; value: string }[] };
  /** Resolves when the broker has it. */
  publish(topic: string, data: string): Promise<void>;
  /** Hears each message of a topic with the client alone. */
  listen(topic: string, heard: (data: string) => void): Promise<{ close(): Promise<void> }>;
  /** For KEDA's trigger on the lag of a group. */
  address: string;
  close(): Promise<void>;
}

function component(type: string, metadata: Record<string, string>): Broker['component'] {
  return { type, version: 'v1', metadata: Object.entries(metadata).map(([name, value]) => ({ name, value })) };
}

/** mosquitto, at QoS 1. */
export async function mqttBroker(): Promise<Broker> {
  const server = await startMosquitto();
  const url = `mqtt://127.0.0.1:${server.port}`;
  const publisher = await connectAsync(url);
  return {
    name: 'MQTT',
    address: `127.0.0.1:${server.port}`,
    component: component('pubsub.mqtt3', { url, qos: '1' }),
    publish: async (topic, data) => void (await publisher.publishAsync(topic, data, { qos: 1 })),
    listen: async (topic, heard) => {
      const client = await connectAsync(url);
      client.on('message', (_topic, payload) => heard(payload.toString()));
      await client.subscribeAsync(topic, { qos: 1 });
      return { close: () => client.endAsync() };
    },
    close: async () => {
      await publisher.endAsync();
      await server.remove();
    },
  };
}

/** Apache Kafka. */
export async function kafkaBroker(): Promise<Broker> {
  const server = await startKafka();
  const address = `127.0.0.1:${server.port}`;
  const producer = new Producer({ clientId: 'bench', bootstrapBrokers: [address], autocreateTopics: true });
  return {
    name: 'Kafka',
    address,
    component: component('pubsub.kafka', { brokers: address, authType: 'none', initialOffset: 'oldest' }),
    publish: async (topic, data) => void (await producer.send({ messages: [{ topic, value: Buffer.from(data) }], acks: 1 })),
    listen: async (topic, heard) => {
      const consumer = new Consumer({ clientId: 'floor', groupId: 'floor', bootstrapBrokers: [address], autocreateTopics: true });
      const stream = await consumer.consume({ topics: [topic], mode: MessagesStreamModes.EARLIEST, autocommit: 1000 });
      stream.on('data', ({ value }) => heard(value.toString()));
      return {
        close: async () => {
          await stream.close();
          await consumer.close(true);
        },
      };
    },
    close: async () => {
      await producer.close();
      await server.remove();
    },
  };
}
