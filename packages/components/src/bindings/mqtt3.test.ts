import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { done, type Delivery } from '../delivery/delivery.ts';
import { canRunMosquitto, startMosquitto } from '../testing/mosquitto-server.ts';
import type { TestServer } from '../testing/server-process.ts';
import { testContext } from '../testing/test-context.ts';
import type { Binding } from './binding.ts';
import { mqttBinding } from './mqtt3.ts';

describe.runIf(await canRunMosquitto())('bindings.mqtt3', () => {
  let broker: TestServer;
  beforeAll(async () => {
    broker = await startMosquitto();
  });
  afterAll(async () => broker.remove());
  const open = (metadata: Record<string, string>): Promise<Binding> =>
    mqttBinding.open(
      new Map(Object.entries({ url: `mqtt://127.0.0.1:${broker.port}`, consumerID: `c-${randomUUID()}`, ...metadata })),
      testContext(),
    );

  it('hands a message out again until it is done, also over a restart of the consumer', async () => {
    const metadata = { topic: `vehicle/${randomUUID()}`, consumerID: randomUUID() };
    const first = await open(metadata);
    let attempts = 0;
    await first.input?.read({
      maxInFlight: 5,
      deliver: async () => {
        attempts++;
        return [{ kind: 'retry' }];
      },
    });
    await first.output?.invoke({ operation: 'create', data: Buffer.from('"text"'), metadata: {} });
    await vi.waitFor(() => expect(attempts).toBe(2), { timeout: 5_000 });
    await first.close();
    const second = await open(metadata);
    const deliveries: Delivery[] = [];
    await second.input?.read({
      maxInFlight: 5,
      deliver: async (batch) => {
        deliveries.push(...batch);
        return batch.map(() => done);
      },
    });
    await vi.waitFor(() => expect(deliveries.map(({ data }) => Buffer.from(data).toString())).toEqual(['text']), { timeout: 5_000 });
    expect(deliveries[0]?.metadata).toMatchObject({ topic: metadata.topic });
    await second.close();
  });

  it('shares its topic among bindings of one group, and writes to the topic without the group', async () => {
    const topic = `t/${randomUUID()}`;
    const bindings = await Promise.all([open({ topic: `$share/g/${topic}` }), open({ topic: `$share/g/${topic}` })]);
    const handled: string[] = [];
    for (const { input } of bindings)
      await input?.read({
        maxInFlight: 5,
        deliver: async (batch) => {
          handled.push(...batch.map(({ data }) => Buffer.from(data).toString()));
          return batch.map(() => done);
        },
      });
    for (const text of ['1', '2', '3', '4'])
      await bindings[0]?.output?.invoke({ operation: 'create', data: Buffer.from(text), metadata: {} });
    await vi.waitFor(() => expect(handled.toSorted()).toEqual(['1', '2', '3', '4']), { timeout: 5_000 });
    await Promise.all(bindings.map((binding) => binding.close()));
  });

  it('says what it cannot do', async () => {
    const binding = await open({ topic: 't' });
    const call = binding.output?.invoke({ operation: 'get', data: Buffer.from(''), metadata: {} });
    await expect(call).rejects.toMatchObject({ code: 'OperationNotSupported' });
    await binding.close();
  });
});
