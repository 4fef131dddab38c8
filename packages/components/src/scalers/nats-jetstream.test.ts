import { randomUUID } from 'node:crypto';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canRunNats, startNats } from '../testing/nats-server.ts';
import { scalerContext } from '../testing/scaler-context.ts';
import { freePort, type TestServer } from '../testing/server-process.ts';
import { scalerConformance } from './conformance.ts';
import { openScaler } from './open-scaler.ts';

describe.runIf(await canRunNats())('nats-jetstream', () => {
  let server: TestServer;
  let monitoringPort: number;
  beforeAll(async () => {
    monitoringPort = await freePort();
    server = await startNats({ monitoringPort });
  });
  afterAll(() => server.remove());
  const withNats = async <T>(work: (nats: NatsConnection) => Promise<T>): Promise<T> => {
    const nats = await connect({ servers: `127.0.0.1:${server.port}` });
    return work(nats).finally(() => nats.close());
  };
  const publish = (stream: string, count: number): Promise<void> =>
    withNats(async (nats) => {
      for (let index = 0; index < count; index++) await jetstream(nats).publish(stream, String(index));
    });
  const take = (stream: string, count: number, settle: 'ack' | 'keep'): Promise<void> =>
    withNats(async (nats) => {
      const consumer = await jetstream(nats).consumers.get(stream, 'workers');
      for (let left = count; left > 0; left--) {
        const message = await consumer.next({ expires: 5_000 });
        if (settle === 'ack') await message?.ackAck();
      }
    });

  async function make(): Promise<{ stream: string; metadata: Record<string, string> }> {
    const stream = `stream-${randomUUID()}`;
    await withNats(async (nats) => {
      const manager = await jetstreamManager(nats);
      await manager.streams.add({ name: stream, subjects: [stream] });
      await manager.consumers.add(stream, { durable_name: 'workers', ack_policy: 'explicit' });
    });
    const natsServerMonitoringEndpoint = `127.0.0.1:${monitoringPort}`;
    return { stream, metadata: { natsServerMonitoringEndpoint, account: '$G', stream, consumer: 'workers' } };
  }

  scalerConformance({
    type: 'nats-jetstream',
    make: async () => {
      const { stream, metadata } = await make();
      return { metadata, put: (count) => publish(stream, count), take: (count) => take(stream, count, 'ack') };
    },
    target: 'lagThreshold',
    activation: 'activationLagThreshold',
    unreachable: { natsServerMonitoringEndpoint: '127.0.0.1:1' },
    metricName: ({ stream }) => `nats-jetstream-${stream}`,
    kill: () => server.kill(),
    start: () => server.start(),
    signal: (signal) => server.signal(signal),
  });

  it('counts what was given and is not acknowledged, and of a consumer to come the whole stream', async () => {
    const { stream, metadata } = await make();
    await publish(stream, 5);
    await take(stream, 2, 'keep');
    const read = async (more: Record<string, string>): Promise<number> => {
      const scaler = await openScaler({ type: 'nats-jetstream', metadata: { ...metadata, ...more } }, scalerContext());
      return (await scaler.read(AbortSignal.timeout(10_000)).finally(() => scaler.close())).value;
    };
    expect(await read({})).toBe(5);
    expect(await read({ consumer: 'later' })).toBe(5);
    await expect(read({ stream: 'none' })).rejects.toMatchObject({ code: 'ComponentUnavailable' });
    await expect(read({ account: 'other' })).rejects.toMatchObject({ code: 'ComponentUnavailable' });
    await expect(read({ natsServerMonitoringEndpoint: `127.0.0.1:${server.port}` })).rejects.toMatchObject({
      code: 'ComponentUnavailable',
    });
  });

  it.each([
    [{ natsServerMonitoringEndpoint: 'http://host:8222' }, 'host:port'],
    [{ natsServerMonitoringEndpoint: 'user@host' }, 'host:port'],
    [{ consumer: '' }, 'not empty'],
    [{ useHttps: 'perhaps' }, 'true or false'],
  ])('refuses metadata %j', async (metadata, text) => {
    const given = { natsServerMonitoringEndpoint: 'h:1', account: '$G', stream: 's', consumer: 'c', ...metadata };
    await expect(openScaler({ type: 'nats-jetstream', metadata: given }, scalerContext())).rejects.toThrow(text);
  });
});
