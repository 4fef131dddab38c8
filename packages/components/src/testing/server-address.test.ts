import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { canRunKafka, startKafka } from './kafka-server.ts';
import { canRunMosquitto, startMosquitto } from './mosquitto-server.ts';
import { canRunNats, startNats } from './nats-server.ts';
import { canRunPostgres, startPostgres } from './postgres-server.ts';
import { canRunPrometheus, startPrometheus } from './prometheus-server.ts';
import { canRunPushgateway, startPushgateway } from './pushgateway-server.ts';
import { canRunRabbit, startRabbit } from './rabbitmq-server.ts';
import type { TestServer } from './server-process.ts';

// Functions on a cluster reach their servers at an address of the machine, never at its loopback.
const host = '127.0.0.2';
const servers: [string, () => Promise<boolean>, () => Promise<TestServer>][] = [
  ['Kafka', canRunKafka, () => startKafka({ host })],
  ['mosquitto', canRunMosquitto, () => startMosquitto({ host })],
  ['NATS', canRunNats, () => startNats({ host })],
  ['PostgreSQL', canRunPostgres, () => startPostgres({ host })],
  ['Prometheus', canRunPrometheus, () => startPrometheus({ host, targets: [] })],
  ['Pushgateway', canRunPushgateway, () => startPushgateway({ host })],
  ['RabbitMQ', canRunRabbit, () => startRabbit({ host })],
];

function opens(at: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, at);
    socket.once('connect', () => (socket.destroy(), resolve(true)));
    socket.once('error', () => resolve(false));
  });
}

describe.each(servers)('%s', async (_name, canRun, start) => {
  it.runIf(process.platform === 'linux' && (await canRun()))(
    'listens at the address that it is given, and at no other',
    async () => {
      const server = await start();
      try {
        expect(server.host).toBe(host);
        expect(await opens(host, server.port)).toBe(true);
        expect(await opens('127.0.0.1', server.port)).toBe(false);
      } finally {
        await server.remove();
      }
    },
    120_000,
  );
});
