import { ComponentError } from '../component-error.ts';
import { jsonEndpoint } from './json-endpoint.ts';
import type { QueueFigures, RabbitQueue } from './rabbit-queue.ts';
import type { RabbitTrigger } from './rabbit-trigger.ts';

/** What the management plugin says of a queue. It leaves out what it has not counted yet. */
interface ManagedQueue {
  messages?: number;
  messages_ready?: number;
  message_stats?: { publish_details?: { rate?: number } };
}

export function rabbitQueueByHttp(trigger: RabbitTrigger): RabbitQueue {
  const { username, password, tls, timeout, useRegex } = trigger;
  const endpoint = jsonEndpoint({
    server: "RabbitMQ's management",
    hint: 'Are host, virtual host and queueName right, is the plugin enabled, and may this user ask it?',
    headers: { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` },
    tls,
    timeoutMs: timeout,
  });
  const url = useRegex ? searchUrl(trigger) : queueUrl(trigger);
  return {
    read: async (signal) => {
      const answer = await endpoint.get(url, signal);
      const queues = useRegex ? itemsOf(answer, trigger) : [answer as ManagedQueue];
      return together(
        queues.map((queue) => figuresOf(queue, trigger)),
        trigger.operation,
      );
    },
    close: endpoint.close,
  };
}

function apiUrl({ address, vhost }: RabbitTrigger): URL {
  const url = new URL(address);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/api/queues/${encodeURIComponent(vhost)}`;
  return url;
}

function queueUrl(trigger: RabbitTrigger): URL {
  const url = apiUrl(trigger);
  url.pathname += `/${encodeURIComponent(trigger.queueName)}`;
  return url;
}

function searchUrl(trigger: RabbitTrigger): URL {
  const url = apiUrl(trigger);
  const search = { page: '1', page_size: String(trigger.pageSize), use_regex: 'true', pagination: 'true', name: trigger.queueName };
  url.search = new URLSearchParams(search).toString();
  return url;
}

function itemsOf(answer: unknown, { pageSize }: RabbitTrigger): ManagedQueue[] {
  const { items, page_count: pages = 1 } = (answer ?? {}) as { items?: ManagedQueue[]; page_count?: number };
  if (!Array.isArray(items))
    throw new ComponentError('ComponentUnavailable', "RabbitMQ's management answered with no list of queues. Is host right?");
  if (pages <= 1) return items;
  throw new ComponentError('RequestRejected', `More than ${pageSize} queues match queueName. Raise pageSize, or match fewer.`);
}

function figuresOf(queue: ManagedQueue, { excludeUnacknowledged }: RabbitTrigger): QueueFigures {
  const { messages = 0, messages_ready: ready = 0, message_stats: stats } = queue;
  return { messages: excludeUnacknowledged ? ready : messages, rate: stats?.publish_details?.rate ?? 0 };
}

function together(queues: readonly QueueFigures[], operation: RabbitTrigger['operation']): QueueFigures {
  const combine = (values: number[]): number => {
    if (values.length === 0) return 0;
    if (operation === 'max') return Math.max(...values);
    const sum = values.reduce((total, value) => total + value, 0);
    return operation === 'sum' ? sum : sum / values.length;
  };
  return { messages: combine(queues.map(({ messages }) => messages)), rate: combine(queues.map(({ rate }) => rate)) };
}
