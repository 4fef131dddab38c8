import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { done, type Delivery } from '../delivery/delivery.ts';
import { canRunKafka, startKafka } from '../testing/kafka-server.ts';
import type { TestServer } from '../testing/server-process.ts';
import { testContext } from '../testing/test-context.ts';
import type { Binding } from './binding.ts';
import { kafkaBinding } from './kafka.ts';

describe.runIf(await canRunKafka())('bindings.kafka', () => {
  let kafka: TestServer;
  beforeAll(async () => {
    kafka = await startKafka();
  }, 90_000);
  afterAll(async () => kafka.remove());
  const open = (metadata: Record<string, string>): Promise<Binding> =>
    kafkaBinding.open(new Map(Object.entries({ brokers: `127.0.0.1:${kafka.port}`, authRequired: 'false', ...metadata })), testContext());

  it('reads all its topics, in the shape that the published samples write it', async () => {
    const [left, right] = [`left-${randomUUID()}`, `right-${randomUUID()}`];
    const reader = await open({ topics: `${left},${right}`, consumerGroup: 'kafka-input', publishTopic: left });
    const writer = await open({ publishTopic: right, topics: right, consumerGroup: 'function-front' });
    const deliveries: Delivery[] = [];
    await reader.input?.read({
      maxInFlight: 10,
      deliver: async (batch) => {
        deliveries.push(...batch);
        return batch.map(() => done);
      },
    });
    await reader.output?.invoke({ operation: 'create', data: Buffer.from('"text"'), metadata: { partitionKey: 'k' } });
    await writer.output?.invoke({ operation: 'create', data: Buffer.from('{"message":"Hello"}'), metadata: {} });
    await vi.waitFor(() => expect(deliveries).toHaveLength(2), { timeout: 15_000 });
    const byTopic = Object.fromEntries(deliveries.map(({ data, metadata }) => [metadata['__topic'], Buffer.from(data).toString()]));
    expect(byTopic).toEqual({ [left]: 'text', [right]: '{"message":"Hello"}' });
    await Promise.all([reader.close(), writer.close()]);
  });

  it('has an input with topics alone, and an output with publishTopic alone', async () => {
    const [reader, writer] = [await open({ topics: 'some' }), await open({ publishTopic: 'some' })];
    expect([reader.output, writer.input]).toEqual([undefined, undefined]);
    await expect(writer.output?.invoke({ operation: 'get', data: Buffer.from(''), metadata: {} })).rejects.toMatchObject({
      code: 'OperationNotSupported',
    });
    await Promise.all([reader.close(), writer.close()]);
  });
});
