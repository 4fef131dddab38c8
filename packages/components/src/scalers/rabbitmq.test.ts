import { randomUUID } from 'node:crypto';
import { Connection } from 'rabbitmq-client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { canRunRabbit, startRabbit } from '../testing/rabbitmq-server.ts';
import { scalerContext } from '../testing/scaler-context.ts';
import { freePort, type TestServer } from '../testing/server-process.ts';
import { scalerConformance } from './conformance.ts';
import { openScaler } from './open-scaler.ts';
import type { OpenedScaler } from './scaler.ts';

// One server for all: it takes ten seconds to start.
describe.runIf(await canRunRabbit())('rabbitmq', () => {
  let server: TestServer;
  let managementPort: number;
  beforeAll(async () => {
    managementPort = await freePort();
    server = await startRabbit({ managementPort });
  }, 120_000);
  afterAll(() => server.remove());
  const amqp = (): string => `amqp://guest:guest@127.0.0.1:${server.port}/`;
  const http = (): string => `http://guest:guest@127.0.0.1:${managementPort}/`;

  async function withRabbit<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = new Connection(amqp());
    await connection.onConnect(10_000);
    return work(connection).finally(() => connection.close());
  }
  const publish = (queue: string, count: number): Promise<void> =>
    withRabbit(async (connection) => {
      const publisher = connection.createPublisher({ confirm: true });
      for (let index = 0; index < count; index++) await publisher.send({ routingKey: queue, durable: true }, String(index));
      await publisher.close();
    });
  const take = (queue: string, count: number): Promise<void> =>
    withRabbit(async (connection) => {
      for (let index = 0; index < count; index++) await connection.basicGet({ queue, noAck: true });
    });
  async function makeQueue(name = `queue-${randomUUID()}`): Promise<string> {
    await withRabbit((connection) => connection.queueDeclare({ queue: name, durable: true }));
    return name;
  }

  describe.each([
    ['amqp', amqp, 'amqp://127.0.0.1:1/'],
    ['http', http, 'http://127.0.0.1:1/'],
  ])('by %s', (_protocol, host, nobody) => {
    scalerConformance({
      type: 'rabbitmq',
      make: async () => {
        const queueName = await makeQueue();
        return {
          metadata: { host: host(), queueName, mode: 'QueueLength', value: '5' },
          put: (count) => publish(queueName, count),
          take: (count) => take(queueName, count),
        };
      },
      target: 'value',
      activation: 'activationValue',
      unreachable: { host: nobody },
      metricName: ({ queueName }) => `rabbitmq-${queueName}`,
      kill: () => server.kill(),
      start: () => server.start(),
      signal: (signal) => server.signal(signal),
    });
  });

  const open = (metadata: Record<string, string>, environment: Record<string, string> = {}): Promise<OpenedScaler> =>
    openScaler({ type: 'rabbitmq', metadata }, scalerContext({ environment }));
  const read = async (metadata: Record<string, string>): ReturnType<OpenedScaler['read']> => {
    const scaler = await open(metadata);
    return scaler.read(AbortSignal.timeout(10_000)).finally(() => scaler.close());
  };
  const patience = { timeout: 30_000, interval: 100 };

  it('counts what consumers hold by http, unless it is to leave it out', async () => {
    const queueName = await makeQueue();
    await publish(queueName, 5);
    await withRabbit(async (connection) => {
      const channel = await connection.acquire();
      for (let index = 0; index < 2; index++) await channel.basicGet({ queue: queueName, noAck: false });
      await vi.waitFor(async () => {
        expect(await read({ host: http(), queueName })).toEqual({ value: 5, isActive: true });
        expect((await read({ host: http(), queueName, excludeUnacknowledged: 'true' })).value).toBe(3);
        expect((await read({ host: amqp(), queueName })).value).toBe(3);
      }, patience);
      await channel.close();
    });
  }, 60_000);

  it('takes the rate of what is published, and is active until the queue is empty', async () => {
    const queueName = await makeQueue();
    const scaler = await open({ host: http(), queueName, mode: 'MessageRate', value: '0.5', activationValue: '20' });
    const rates: number[] = [];
    await vi.waitFor(async () => {
      await publish(queueName, 10);
      const { value, isActive } = await scaler.read(AbortSignal.timeout(10_000));
      rates.push(value);
      expect(value).toBeGreaterThan(0);
      expect(isActive).toBe(true);
    }, patience);
    await scaler.close();
  }, 60_000);

  it('takes several queues together', async () => {
    const prefix = `many-${randomUUID()}`;
    for (const [index, count] of [2, 4].entries()) await publish(await makeQueue(`${prefix}-${index}`), count);
    const given = { host: http(), queueName: `^${prefix}-.*`, useRegex: 'true' };
    await vi.waitFor(async () => {
      expect((await read(given)).value).toBe(6);
      expect((await read({ ...given, operation: 'max' })).value).toBe(4);
      expect((await read({ ...given, operation: 'avg' })).value).toBe(3);
    }, patience);
    await expect(read({ ...given, pageSize: '1' })).rejects.toThrow('Raise pageSize');
    expect(await read({ ...given, queueName: '^none$' })).toEqual({ value: 0, isActive: false });
  }, 60_000);

  it.each(['amqp', 'http'])('says by %s that there is no such queue, and makes none', async (protocol) => {
    const given = { host: protocol === 'amqp' ? amqp() : http(), queueName: 'never' };
    for (let attempt = 0; attempt < 2; attempt++) await expect(read(given)).rejects.toMatchObject({ code: 'ComponentUnavailable' });
    await expect(read({ ...given, vhostName: 'elsewhere' })).rejects.toMatchObject({ code: 'ComponentUnavailable' });
  });

  it('takes user and password from variables, before those of host', async () => {
    const queueName = await makeQueue();
    for (const host of [`amqp://wrong:wrong@127.0.0.1:${server.port}/`, `http://wrong:wrong@127.0.0.1:${managementPort}/`]) {
      const metadata = { host, queueName, usernameFromEnv: 'U', passwordFromEnv: 'P' };
      const scaler = await open(metadata, { U: 'guest', P: 'guest' });
      expect((await scaler.read(AbortSignal.timeout(10_000))).value).toBe(0);
      await scaler.close();
      await expect(read({ host, queueName })).rejects.toMatchObject({ code: 'ComponentUnavailable' });
    }
  }, 30_000);

  it.each([
    [{}, 20],
    [{ queueLength: '7' }, 7],
    [{ mode: 'QueueLength', value: '100.50' }, 100.5],
  ])('has with %j the target %d', async (metadata, target) => {
    const scaler = await open({ host: 'amqp://h/', queueName: 'q', ...metadata });
    expect(scaler.target).toBe(target);
    await scaler.close();
  });

  it.each([
    [{ mode: 'MessageRate', value: '1' }, "plugin's http URL"],
    [{ useRegex: 'true' }, "plugin's http URL"],
    [{ mode: 'QueueLength' }, 'needs value'],
    [{ value: '3' }, 'needs mode'],
    [{ mode: 'QueueLength', value: '3', queueLength: '3' }, 'older word'],
    [{ mode: 'DeliverGetRate', value: '3' }, 'QueueLength, MessageRate'],
    [{ protocol: 'http' }, 'differ'],
    [{ host: 'localhost:5672' }, 'not an amqp'],
    [{ host: 'amqp://h/%zz' }, 'percent sign'],
    [{ password: 'p' }, 'passwordFromEnv'],
    [{ cert: 'c' }, 'go together'],
    [{ workloadIdentityResource: 'x' }, 'Azure AD'],
  ])('refuses metadata %j', async (metadata, text) => {
    await expect(open({ host: 'amqp://h/', queueName: 'q', ...metadata })).rejects.toThrow(text);
  });
});
