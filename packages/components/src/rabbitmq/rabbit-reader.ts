import { ConsumerStatus, type AsyncMessage, type ConsumerProps } from 'rabbitmq-client';
import { abortable } from '../abortable.ts';
import type { ComponentContext } from '../component-context.ts';
import { ComponentError } from '../component-error.ts';
import type { Delivery, ReadOptions, Subscription } from '../delivery/delivery.ts';
import { deliveryLanes } from '../delivery/delivery-lanes.ts';
import { fifo } from '../delivery/fifo.ts';
import { isRefusal, reasonOf, type RabbitClient } from './rabbit-client.ts';

export interface RabbitReaderOptions {
  client: RabbitClient;
  queue: string;
  declarations: Pick<ConsumerProps, 'queueOptions' | 'exchanges' | 'queueBindings'>;
  prefetchCount: number;
  /** One message after the other. */
  isSingle: boolean;
  options: ReadOptions;
  context: ComponentContext;
}

interface Taken {
  message: AsyncMessage;
  answer(status: ConsumerStatus): void;
}

/** Reads one queue. A message is acknowledged when its handler has ended; what was not handled at the end goes back to the queue. */
export async function rabbitReader({
  client,
  queue,
  declarations,
  prefetchCount,
  isSingle,
  options,
  context,
}: RabbitReaderOptions): Promise<Subscription> {
  const lanes = deliveryLanes({ ...options, clock: context.clock, random: context.random, retry: 'here', onError: () => {} });
  const waiting = fifo<Taken>();
  let wake = (): void => {};
  let isOpen = true;
  const properties: ConsumerProps = {
    queue,
    ...declarations,
    qos: { prefetchCount: prefetchCount === 0 ? options.maxInFlight : Math.min(prefetchCount, options.maxInFlight) },
  };
  const consumer = client.connection.createConsumer(properties, (message) => {
    return new Promise<ConsumerStatus>((answer) => {
      if (!isOpen) return answer(ConsumerStatus.REQUEUE);
      waiting.push({ message, answer });
      wake();
    });
  });
  const ready = new Promise<void>((resolve, reject) => {
    consumer.once('ready', resolve);
    consumer.once('error', reject);
  });
  // Later ones are of a lost connection, which is told of itself.
  consumer.on('error', () => undefined);
  await abortable(ready, options.signal).catch(async (error: unknown) => {
    await consumer.close();
    if (options.signal?.aborted) throw error;
    const code = isRefusal(error) ? 'RequestRejected' : 'ComponentUnavailable';
    throw new ComponentError(code, `Queue ${JSON.stringify(queue)} of RabbitMQ cannot be read: ${reasonOf(error)}.`, { cause: error });
  });
  const taking = take();

  async function take(): Promise<void> {
    while ((await lanes.room()) > 0) {
      const taken = waiting.shift();
      if (taken !== undefined) offer(taken);
      else if (isOpen) await new Promise<void>((resolve) => (wake = resolve));
      else return;
    }
  }

  function offer({ message, answer }: Taken): void {
    lanes.offer({
      message: deliveryOf(message, queue),
      ...(isSingle ? { lane: queue } : {}),
      settle: ({ kind }) => answer(kind === 'done' ? ConsumerStatus.ACK : ConsumerStatus.REQUEUE),
    });
  }

  async function close(signal?: AbortSignal): Promise<void> {
    isOpen = false;
    await lanes.close(signal);
    wake();
    await taking;
    for (let left = waiting.shift(); left !== undefined; left = waiting.shift()) left.answer(ConsumerStatus.REQUEUE);
    await consumer.close();
  }
  let closing: Promise<void> | undefined;

  return {
    pause: lanes.pause,
    resume: lanes.resume,
    backlog: async (signal) => {
      client.refuseUnlessUp();
      const { messageCount } = await abortable(client.connection.queueDeclare({ queue, passive: true }), signal).catch((error: unknown) => {
        throw new ComponentError('ComponentUnavailable', `The backlog is unknown: RabbitMQ says "${reasonOf(error)}". Ask again later.`, {
          cause: error,
        });
      });
      return messageCount + lanes.held + waiting.size;
    },
    close: (signal) => (closing ??= close(signal)),
  };
}

function deliveryOf(message: AsyncMessage, queue: string): Omit<Delivery, 'attempt'> {
  const metadata: Record<string, string> = { queue, redelivered: String(message.redelivered), routingKey: message.routingKey };
  for (const [name, value] of Object.entries(message.headers ?? {}))
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') metadata[name] = String(value);
  const body: unknown = message.body;
  return {
    data: Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    metadata,
    ...(message.messageId === undefined ? {} : { id: message.messageId }),
    ...(message.contentType === undefined ? {} : { contentType: message.contentType }),
  };
}
