import { canRunKafka, startKafka, type TestServer } from '@openfunction/components/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call } from '../support/call.ts';
import { instances, kubectl, remove } from '../support/functions.ts';
import { sampleRepository, type SampleRepository } from '../support/sample-repository.ts';
import { until } from '../support/until.ts';
import { useTarget } from '../targets/use-target.ts';

// OpenFunction's first example: a function that is called by HTTP sends on to Kafka what another is brought from there.
const target = await useTarget();
const [front, input] = ['function-front', 'kafka-input'];

describe.runIf(await canRunKafka())('a function by HTTP, Kafka, and a function that it drives', () => {
  let kafka: TestServer;
  let samples: SampleRepository;

  beforeAll(async () => {
    kafka = await startKafka({ host: target.serverHost });
    samples = await sampleRepository(target, 'http-to-kafka');
    const brokers = `${kafka.host}:${kafka.port}`;
    await samples.apply({ name: front, env: { FUNC_NAME: 'forwardToKafka' }, serving: frontServing(brokers) });
    await samples.apply({ name: input, env: { FUNC_NAME: 'handleKafkaInput' }, serving: inputServing(brokers) });
    const both = [front, input].map((name) => `functions.core.openfunction.io/${name}`);
    await kubectl(target, 'wait', '--for=condition=Ready', ...both, '--timeout=110s');
  });
  afterAll(async () => {
    await remove(target, 'default', front, input);
    await samples?.close();
    await kafka?.remove();
  });

  const send = (message: object): Promise<unknown> => call(target, front, { method: 'POST', body: JSON.stringify(message), headers: json });
  const running = (): Promise<string[]> => instances(target, 'default', input);
  const isGone = async (): Promise<boolean> => (await running()).length === 0;

  it('brings a function that does not run what was posted to another', async () => {
    await until('nothing of it runs', 60_000, isGone);
    expect(await send({ message: 'Awesome OpenFunction!' })).toMatchObject({ status: 200, body: 'sent' });
    await expect
      .poll(async () => (await target.ofn(['logs', input])).stdout, { timeout: 30_000 })
      .toContain("message from Kafka 'Awesome OpenFunction!'");
  });

  it('has as many instances as its lag asks for, and none once it has been worked off', async () => {
    const answers = await Promise.all(Array.from({ length: 150 }, (_, n) => send({ message: `of many ${n}`, takesMs: 300 })));
    expect(answers).toEqual(answers.map(() => expect.objectContaining({ status: 200 })));
    await until('several instances run', 30_000, async () => (await running()).length >= 2);
    await until('nothing of it runs', 90_000, isGone);
  });
});

const json = { 'content-type': 'application/json' };

const kafkaBinding = (brokers: string, consumerGroup: string): object => ({
  type: 'bindings.kafka',
  version: 'v1',
  metadata: [
    { name: 'brokers', value: brokers },
    { name: 'authRequired', value: 'false' },
    { name: 'publishTopic', value: 'sample-topic' },
    { name: 'topics', value: 'sample-topic' },
    { name: 'consumerGroup', value: consumerGroup },
  ],
});

const frontServing = (brokers: string): object => ({
  scaleOptions: { minReplicas: 0, maxReplicas: 5 },
  outputs: [{ dapr: { name: 'kafka-server', operation: 'create' } }],
  bindings: { 'kafka-server': kafkaBinding(brokers, front) },
  triggers: { http: { port: 8080 } },
});

const inputServing = (brokers: string): object => ({
  bindings: { 'target-topic': kafkaBinding(brokers, input) },
  scaleOptions: {
    minReplicas: 0,
    maxReplicas: 10,
    keda: {
      scaledObject: {
        pollingInterval: 1,
        cooldownPeriod: 5,
        advanced: {
          horizontalPodAutoscalerConfig: {
            behavior: {
              scaleDown: { stabilizationWindowSeconds: 1, policies: [{ type: 'Percent', value: 50, periodSeconds: 15 }] },
              scaleUp: { stabilizationWindowSeconds: 0 },
            },
          },
        },
      },
      triggers: [
        { type: 'kafka', metadata: { bootstrapServers: brokers, consumerGroup: input, topic: 'sample-topic', lagThreshold: '20' } },
      ],
    },
  },
  triggers: { dapr: [{ name: 'target-topic', type: 'bindings.kafka' }] },
  workloadType: 'Deployment',
});
