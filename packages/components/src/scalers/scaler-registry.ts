import type { ScalerType } from './scaler-type.ts';

/** Every type of trigger that there is, each loaded when one of it is opened. */
export const scalerRegistry: Readonly<Record<string, () => Promise<ScalerType>>> = {
  cron: async () => (await import('./cron.ts')).cronScaler,
  kafka: async () => (await import('./kafka.ts')).kafkaScaler,
  'nats-jetstream': async () => (await import('./nats-jetstream.ts')).natsJetStreamScaler,
  postgresql: async () => (await import('./postgresql.ts')).postgresScaler,
  prometheus: async () => (await import('./prometheus.ts')).prometheusScaler,
  rabbitmq: async () => (await import('./rabbitmq.ts')).rabbitScaler,
  redis: async () => (await import('./redis-lists.ts')).redisListsScaler,
  'redis-lists': async () => (await import('./redis-lists.ts')).redisListsScaler,
  'redis-streams': async () => (await import('./redis-streams.ts')).redisStreamsScaler,
};

const servers = 'clusters and sentinels of Redis are not supported here. Give one server to redis or redis-streams';
const requests = 'instances are scaled on requests in flight and on triggers, not on what a machine measures. Use prometheus for it';
const azure = 'services of Azure are not supported here. Use prometheus or postgresql with what they tell';
const aws = 'services of AWS are not supported here. Use prometheus or postgresql with what they tell';
const gcp = 'services of Google Cloud are not supported here. Use prometheus or postgresql with what they tell';
const external = "programs of one's own that speak KEDA's protocol are not asked. Use prometheus with what they tell";

/** KEDA's types that are known and not supported, each with the reason. */
export const refusedTriggers: Readonly<Record<string, string>> = {
  'apache-kafka': 'there is one trigger for Kafka. Use kafka',
  'redis-cluster': servers,
  'redis-cluster-streams': servers,
  'redis-sentinel': servers,
  'redis-sentinel-streams': servers,
  cpu: requests,
  memory: requests,
  external,
  'external-push': external,
  'azure-queue': azure,
  'azure-servicebus': azure,
  'azure-eventhub': azure,
  'azure-blob': azure,
  'azure-monitor': azure,
  'aws-sqs-queue': aws,
  'aws-kinesis-stream': aws,
  'aws-cloudwatch': aws,
  'aws-dynamodb': aws,
  'gcp-pubsub': gcp,
  'gcp-storage': gcp,
};
