import {
  canRunMosquitto,
  canRunPrometheus,
  canRunPushgateway,
  publishToMqtt,
  startMosquitto,
  startPrometheus,
  startPushgateway,
  startRedis,
  type MqttMessage,
  type TestServer,
} from '@openfunction/components/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call } from '../support/call.ts';
import { kubectl, remove } from '../support/functions.ts';
import { sampleRepository, type SampleRepository } from '../support/sample-repository.ts';
import { until } from '../support/until.ts';
import { useTarget } from '../targets/use-target.ts';

// Vehicles that tell by MQTT how they are and where: metrics of one topic, state of the other.
const target = await useTarget();
const host = target.serverHost;
const [measure, track] = ['measure', 'track'];
const vehicles = Array.from({ length: 50 }, (_, n) => `v${n}`);
const ofEach = 100;
const canRun = (await canRunMosquitto()) && (await canRunPrometheus()) && (await canRunPushgateway());

describe.runIf(canRun)('vehicles by MQTT', () => {
  const close: (() => Promise<void>)[] = [];
  let mosquitto: TestServer;
  let prometheus: TestServer;
  let samples: SampleRepository;

  beforeAll(async () => {
    mosquitto = await startMosquitto({ host });
    close.push(mosquitto.remove);
    const pushgateway = await startPushgateway({ host });
    close.push(pushgateway.remove);
    prometheus = await startPrometheus({ host, targets: [pushgateway.port], honorLabels: true });
    close.push(prometheus.remove);
    const redis = await startRedis({ host });
    close.push(redis.close);
    samples = await sampleRepository(target, 'vehicles');
    close.push(samples.close);

    const url = `mqtt://${host}:${mosquitto.port}`;
    const states = store(redis);
    await samples.apply({
      name: measure,
      env: { FUNC_NAME: 'measure' },
      serving: {
        params: { PUSHGATEWAY: `http://${host}:${pushgateway.port}` },
        // What one pushes, another must not overtake.
        scaleOptions: { maxReplicas: 1 },
        ...broughtFrom(url, 'vehicles/+/telemetry', measure),
        states,
      },
    });
    await samples.apply({
      name: track,
      env: { FUNC_NAME: 'track' },
      serving: {
        // Enough for one machine, which the other function needs too.
        scaleOptions: { maxReplicas: 3 },
        ...broughtFrom(url, 'vehicles/+/position', track, { http: { port: 8080 } }),
        states,
      },
    });
    const both = [measure, track].map((name) => `functions.core.openfunction.io/${name}`);
    await kubectl(target, 'wait', '--for=condition=Ready', ...both, '--timeout=110s');
  });
  afterAll(async () => {
    await remove(target, 'default', measure, track);
    for (const end of close.toReversed()) await end();
  });

  /** What Prometheus answers; undefined before there is anything. */
  async function query(text: string): Promise<number | undefined> {
    const answer = await fetch(`http://${host}:${prometheus.port}/api/v1/query?query=${encodeURIComponent(text)}`);
    const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
    const [first] = data.result;
    return first === undefined ? undefined : Number(first.value[1]);
  }
  const measured = async (): Promise<number> => (await query('sum(vehicle_readings)')) ?? 0;
  const tracked = async (vehicle: string): Promise<unknown> =>
    JSON.parse((await call(target, track, { path: `/?vehicle=${vehicle}&below=${ofEach}` })).body);

  it('loses none of 10,000 messages while instances and parts of the platform are killed', { timeout: 300_000 }, async () => {
    await publishToMqtt(mosquitto, messages());
    const victims = [
      () => target.killInstance('default', measure),
      () => target.killInstance('default', track),
      ...target.parts.map((part) => () => target.kill(part)),
    ];
    for (const kill of victims) {
      const before = await measured();
      await until('more is measured', 90_000, async () => (await measured()) > before + 200);
      expect(before).toBeLessThan(vehicles.length * ofEach);
      await kill();
    }
    await expect.poll(measured, { timeout: 120_000, interval: 500 }).toBe(vehicles.length * ofEach);
    expect(await query('count(vehicle_readings == 100)')).toBe(vehicles.length);
    for (const vehicle of vehicles) await expect.poll(() => tracked(vehicle), { timeout: 60_000, interval: 200 }).toBe(ofEach);
  });
});

/** Of each vehicle a reading and a position, again and again. */
function messages(): MqttMessage[] {
  return Array.from({ length: ofEach }, (_, n) =>
    vehicles.flatMap((vehicle) => [
      { topic: `vehicles/${vehicle}/telemetry`, data: JSON.stringify({ vehicle, reading: n, speed: 40 + (n % 60) }) },
      { topic: `vehicles/${vehicle}/position`, data: JSON.stringify({ vehicle, n, lat: 48 + n / 1000, lon: 11 - n / 1000 }) },
    ]),
  ).flat();
}

const fields = (values: Record<string, string | number>): object[] => Object.entries(values).map(([name, value]) => ({ name, value }));

function broughtFrom(url: string, topic: string, consumerID: string, others: object = {}): object {
  return {
    bindings: { mqtt: { type: 'bindings.mqtt3', version: 'v1', metadata: fields({ url, topic, consumerID, qos: 1 }) } },
    triggers: { ...others, dapr: [{ name: 'mqtt', type: 'bindings.mqtt3' }] },
  };
}

function store({ address, password }: { address: string; password: string }): object {
  return { redis: { spec: { type: 'state.redis', version: 'v1', metadata: fields({ redisHost: address, redisPassword: password }) } } };
}
