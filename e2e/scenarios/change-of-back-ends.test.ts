import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  addStream,
  canRunKafka,
  canRunMosquitto,
  canRunNats,
  canRunPostgres,
  canRunRabbit,
  startKafka,
  startMosquitto,
  startNats,
  startPostgres,
  startRabbit,
  startRedis,
} from '@openfunction/components/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { call } from '../support/call.ts';
import { kubectl, remove } from '../support/functions.ts';
import { sampleRepository, type SampleRepository } from '../support/sample-repository.ts';
import { until } from '../support/until.ts';
import { useTarget } from '../targets/use-target.ts';

// One function, built once, whose brokers and stores change with its manifest alone.
const target = await useTarget();
const host = target.serverHost;
const name = 'keep-orders';

interface BackEnd {
  type: string;
  metadata: Record<string, string>;
}
/** A server, the component by which it is used, and how it ends. */
type Start = () => Promise<BackEnd & { close(): Promise<void> }>;

const kafka: Start = async () => {
  const { port, remove: close } = await startKafka({ host });
  return { type: 'pubsub.kafka', metadata: { brokers: `${host}:${port}`, authType: 'none' }, close };
};
const redis = async (type: string): ReturnType<Start> => {
  const { address, password, close } = await startRedis({ host });
  return { type, metadata: { redisHost: address, redisPassword: password }, close };
};
const nats: Start = async () => {
  const server = await startNats({ host });
  await addStream(server, { name: 'all', subjects: ['orders', 'receipts'] });
  return { type: 'pubsub.jetstream', metadata: { natsURL: `nats://${host}:${server.port}` }, close: server.remove };
};
const rabbit: Start = async () => {
  const { port, remove: close } = await startRabbit({ host });
  return { type: 'pubsub.rabbitmq', metadata: { connectionString: `amqp://guest:guest@${host}:${port}`, durable: 'true' }, close };
};
const mqtt: Start = async () => {
  const { port, remove: close } = await startMosquitto({ host });
  return { type: 'pubsub.mqtt3', metadata: { url: `mqtt://${host}:${port}`, qos: '1' }, close };
};
const postgres: Start = async () => {
  const { port, remove: close } = await startPostgres({ host });
  const connectionString = `host=${host} port=${port} user=postgres dbname=postgres sslmode=disable`;
  return { type: 'state.postgresql', metadata: { connectionString }, close };
};
const sqlite: Start = async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'ofn-sqlite-'));
  const close = (): Promise<void> => rm(folder, { recursive: true, force: true });
  return { type: 'state.sqlite', metadata: { connectionString: path.join(folder, 'orders.db') }, close };
};

const redisStore: Start = () => redis('state.redis');
const pairs = [
  { broker: 'Kafka', store: 'Redis', can: canRunKafka, starts: [kafka, redisStore] },
  { broker: 'Redis', store: 'PostgreSQL', can: canRunPostgres, starts: [() => redis('pubsub.redis'), postgres] },
  // SQLite is a file.
  {
    broker: 'NATS',
    store: target.keepsFiles ? 'SQLite' : 'Redis',
    can: canRunNats,
    starts: [nats, target.keepsFiles ? sqlite : redisStore],
  },
  { broker: 'RabbitMQ', store: 'Redis', can: canRunRabbit, starts: [rabbit, redisStore] },
  { broker: 'MQTT', store: 'PostgreSQL', can: async () => (await canRunMosquitto()) && (await canRunPostgres()), starts: [mqtt, postgres] },
] satisfies { broker: string; store: string; can: () => Promise<boolean>; starts: [Start, Start] }[];

let samples: SampleRepository;
let open: Awaited<ReturnType<Start>>[] = [];
const digests = new Set<string>();

beforeAll(async () => {
  samples = await sampleRepository(target, 'change-of-back-ends');
});
afterEach(async () => {
  await Promise.all(open.map(({ close }) => close()));
  open = [];
});
afterAll(async () => {
  await remove(target, 'default', name);
  await samples?.close();
});

describe.each(pairs)('$broker and $store', async ({ can, starts }) => {
  it.runIf(await can())('bring and keep the same orders', async () => {
    open = await Promise.all(starts.map((start) => start()));
    const [broker, store] = open;
    await samples.apply({ name, env: { FUNC_NAME: 'keepOrders' }, serving: servingOn(broker!, store!) });
    await until('the function is ready with these components', 90_000, isReady);

    // Nothing of what the store before was given: it is another.
    expect(await kept(1)).toEqual({});
    const orders = [1, 2, 3].map((id) => ({ id, item: 'tea', price: 3, count: id }));
    for (const order of orders)
      expect(await call(target, name, { method: 'POST', body: JSON.stringify(order), headers: json })).toMatchObject({ status: 200 });
    for (const order of orders)
      await expect
        .poll(() => kept(order.id), { timeout: 30_000, interval: 100 })
        .toEqual({ order, receipt: { id: order.id, paid: 3 * order.id } });
    digests.add(await kubectl(target, 'get', 'functions.core.openfunction.io', name, '-o', 'jsonpath={.status.revision.imageDigest}'));
    expect(digests.size).toBe(1);
  });
});

const json = { 'content-type': 'application/json' };

async function kept(id: number): Promise<unknown> {
  const { status, body } = await call(target, name, { path: `/?id=${id}` });
  expect(status, body).toBe(200);
  return JSON.parse(body);
}

interface Status {
  metadata: { generation: number };
  status?: { observedGeneration?: number; conditions?: { type: string; status: string; observedGeneration?: number }[] };
}

async function isReady(): Promise<boolean> {
  const { metadata, status } = JSON.parse(await kubectl(target, 'get', 'functions.core.openfunction.io', name, '-o', 'json')) as Status;
  const { status: ready, observedGeneration } = status?.conditions?.find(({ type }) => type === 'Ready') ?? {};
  return ready === 'True' && observedGeneration === metadata.generation;
}

function servingOn(broker: BackEnd, store: BackEnd): object {
  const spec = ({ type, metadata }: BackEnd): object => ({
    type,
    version: 'v1',
    metadata: Object.entries(metadata).map(([field, value]) => ({ name: field, value })),
  });
  const topics = ['orders', 'receipts'];
  return {
    pubsub: { broker: spec(broker) },
    states: { store: { spec: spec(store) } },
    outputs: topics.map((topic) => ({ dapr: { name: 'broker', type: broker.type, topic, outputName: topic } })),
    triggers: { http: { port: 8080 }, dapr: topics.map((topic) => ({ name: 'broker', type: broker.type, topic })) },
  };
}
