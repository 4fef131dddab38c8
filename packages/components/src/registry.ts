import type { ComponentType } from './component-type.ts';

/** Every type that there is, each loaded when a component of it is opened. A version other than v1 has a line of its own, `type/version`. */
export const registry: Readonly<Record<string, () => Promise<ComponentType>>> = {
  'bindings.cron': async () => (await import('./bindings/cron.ts')).cronBinding,
  'bindings.http': async () => (await import('./bindings/http.ts')).httpBinding,
  'bindings.kafka': async () => (await import('./bindings/kafka.ts')).kafkaBinding,
  'bindings.mqtt3': async () => (await import('./bindings/mqtt3.ts')).mqttBinding,
  'bindings.postgres': async () => (await import('./bindings/postgresql.ts')).postgresBinding,
  'bindings.postgresql': async () => (await import('./bindings/postgresql.ts')).postgresBinding,
  'bindings.rabbitmq': async () => (await import('./bindings/rabbitmq.ts')).rabbitBinding,
  'bindings.redis': async () => (await import('./bindings/redis.ts')).redisBinding,
  'bindings.localstorage': async () => (await import('./bindings/local-storage.ts')).localStorageBinding,
  'configuration.redis': async () => (await import('./configuration/redis.ts')).redisConfiguration,
  'lock.redis': async () => (await import('./lock/redis.ts')).redisLock,
  'pubsub.in-memory': async () => (await import('./pubsub/in-memory.ts')).inMemoryPubSub,
  'pubsub.jetstream': async () => (await import('./pubsub/jetstream.ts')).jetStreamPubSub,
  'pubsub.kafka': async () => (await import('./pubsub/kafka.ts')).kafkaPubSub,
  'pubsub.mqtt3': async () => (await import('./pubsub/mqtt3.ts')).mqttPubSub,
  'pubsub.rabbitmq': async () => (await import('./pubsub/rabbitmq.ts')).rabbitPubSub,
  'pubsub.redis': async () => (await import('./pubsub/redis.ts')).redisPubSub,
  'secretstores.local.env': async () => (await import('./secretstores/local-env.ts')).localEnvSecrets,
  'secretstores.local.file': async () => (await import('./secretstores/local-file.ts')).localFileSecrets,
  'state.in-memory': async () => (await import('./state/in-memory.ts')).inMemoryState,
  'state.postgresql': async () => (await import('./state/postgresql.ts')).postgresState,
  'state.postgresql/v2': async () => (await import('./state/postgresql.ts')).postgresStateV2,
  'state.redis': async () => (await import('./state/redis.ts')).redisState,
  'state.sqlite': async () => (await import('./state/sqlite.ts')).sqliteState,
};
