import type { ConnectionOptions } from 'rabbitmq-client';
import { ComponentError } from '../component-error.ts';
import { rabbitClient, reasonOf } from '../rabbitmq/rabbit-client.ts';
import { lazyClient } from './lazy-client.ts';
import type { RabbitQueue } from './rabbit-queue.ts';
import type { RabbitTrigger } from './rabbit-trigger.ts';
import type { TriggerContext } from './scaler-type.ts';

/** AMQP tells what is ready, and nothing of what consumers hold. */
export function rabbitQueueByAmqp(trigger: RabbitTrigger, context: TriggerContext): RabbitQueue {
  const clients = lazyClient(() => rabbitClient(connectionOf(trigger), context));
  const queue = trigger.queueName;
  return {
    read: (signal) =>
      clients.use(signal, async ({ connection }) => {
        const { messageCount } = await connection.queueDeclare({ queue, passive: true }).catch((error: unknown) => {
          throw new ComponentError(
            'ComponentUnavailable',
            `RabbitMQ does not tell the length of queue "${queue}": ${reasonOf(error)}. Is there such a queue in this virtual host, and may this user ask for it?`,
            { cause: error },
          );
        });
        return { messages: messageCount, rate: 0 };
      }),
    close: clients.close,
  };
}

function connectionOf({ address, vhost, username, password, tls }: RabbitTrigger): ConnectionOptions {
  const isSecure = address.protocol === 'amqps:';
  return {
    hostname: address.hostname.replace(/^\[|\]$/g, ''),
    port: address.port === '' ? (isSecure ? 5671 : 5672) : Number(address.port),
    vhost,
    username,
    password,
    ...(isSecure ? { tls } : {}),
    connectionName: 'openfunction-scaler',
    connectionTimeout: 5_000,
    acquireTimeout: 5_000,
  };
}
