import { randomUUID } from 'node:crypto';
import type { LookupFunction } from 'node:net';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startNatsCluster, type NatsCluster } from '../testing/nats-cluster.ts';
import { canRunNats } from '../testing/nats-server.ts';
import { jetStreamMonitoring } from './jetstream-monitoring.ts';
import { jsonEndpoint } from './json-endpoint.ts';

const domain = 'nats.test';

describe.runIf(process.platform === 'linux' && (await canRunNats()))('a cluster of NATS', () => {
  let cluster: NatsCluster;
  let nats: NatsConnection;
  beforeAll(async () => {
    cluster = await startNatsCluster();
    nats = await connect({ servers: `127.0.0.1:${cluster.port}` });
  }, 60_000);
  afterAll(async () => {
    await nats.close();
    await cluster.remove();
  });

  /** As a headless Service: the name is one of the servers, and each has a name below it. */
  const lookupOf =
    (first: string): LookupFunction =>
    (host, { all }, answer) => {
      const address = cluster.addressOf(host === domain ? first : host.slice(0, -domain.length - 1)) ?? '127.0.0.9';
      if (all === true) answer(null, [{ address, family: 4 }]);
      else answer(null, address, 4);
    };

  async function lagFrom(first: string, stream: string, host = domain): Promise<number> {
    const url = new URL(`http://${host}:${cluster.monitoringPort}/jsz?acc=%24G&consumers=true&config=true`);
    const endpoint = jsonEndpoint({ server: 'NATS', hint: 'Is it up?', lookup: lookupOf(first) });
    const monitoring = jetStreamMonitoring(url, { account: '$G', accountID: '$G', stream, consumer: 'workers' }, endpoint);
    const signal = AbortSignal.timeout(10_000);
    try {
      const lag = await monitoring.lag(signal);
      // The second time it goes to the right server at once.
      expect(await monitoring.lag(signal)).toBe(lag);
      return lag;
    } finally {
      await endpoint.close();
    }
  }

  it.each([1, 3])(
    'tells the lag of a consumer with %d replicas, whichever server is asked first',
    async (replicas) => {
      const stream = `stream-${randomUUID()}`;
      const manager = await jetstreamManager(nats);
      await manager.streams.add({ name: stream, subjects: [stream], num_replicas: replicas });
      await manager.consumers.add(stream, { durable_name: 'workers', ack_policy: 'explicit' });
      for (let index = 0; index < 5; index++) await jetstream(nats).publish(stream, String(index));
      const consumer = await jetstream(nats).consumers.get(stream, 'workers');
      for (let index = 0; index < 2; index++) await (await consumer.next())?.ackAck();
      await vi.waitFor(
        async () => {
          for (const first of cluster.names) expect(await lagFrom(first, stream)).toBe(3);
        },
        { timeout: 15_000, interval: 50 },
      );
    },
    30_000,
  );

  it('says that there is no such stream, after all have been asked', async () => {
    await expect(lagFrom('n2', 'nowhere')).rejects.toMatchObject({ code: 'ComponentUnavailable' });
  });

  it('wants a name of the cluster, where an address is not enough', async () => {
    const stream = `stream-${randomUUID()}`;
    const manager = await jetstreamManager(nats);
    await manager.streams.add({ name: stream, subjects: [stream], num_replicas: 3 });
    await manager.consumers.add(stream, { durable_name: 'workers', ack_policy: 'explicit' });
    await vi.waitFor(() => expect(lagFrom('n1', stream, '127.0.0.1')).rejects.toMatchObject({ code: 'OperationNotSupported' }));
  });
});
