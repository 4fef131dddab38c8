export { canRunKafka, startKafka } from './kafka-server.ts';
export { canRunMosquitto, startMosquitto } from './mosquitto-server.ts';
export { canRunNats, startNats } from './nats-server.ts';
export { canRunPostgres, startPostgres } from './postgres-server.ts';
export { canRunPrometheus, startPrometheus } from './prometheus-server.ts';
export { canRunPushgateway, startPushgateway } from './pushgateway-server.ts';
export { canRunRabbit, startRabbit } from './rabbitmq-server.ts';
export type { TestServer } from './server-process.ts';
export { startRedis } from './start-redis.ts';
