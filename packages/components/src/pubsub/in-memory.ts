import { randomUUID } from 'node:crypto';
import { ComponentError } from '../component-error.ts';
import type { ComponentContext } from '../component-context.ts';
import { componentType, type ComponentType } from '../component-type.ts';
import type { Delivery, Subscription } from '../delivery/delivery.ts';
import { deliveryLanes } from '../delivery/delivery-lanes.ts';
import { fifo, type Fifo } from '../delivery/fifo.ts';
import { optional } from '../metadata/fields.ts';
import { nonEmpty } from '../metadata/parsers.ts';
import type { Publication, PubSub, SubscribeOptions } from './pubsub.ts';
import { openSubscriptions } from '../delivery/open-subscriptions.ts';

type Message = Omit<Delivery, 'attempt'>;

interface Group {
  queue: Fifo<Message>;
  /** Consumers that wait for a message, the longest first. */
  waiting: ((message: Message | undefined) => void)[];
  consumers: number;
}

/** Topics, and in each the groups by their names. */
type Topics = Map<string, Map<string, Group>>;

// A group that takes nothing must not fill the memory of everyone.
const maxQueued = 100_000;

/** `pubsub.in-memory`: reaches the apps of this process, and is gone with it. Who subscribes later gets what is published later. */
export const inMemoryPubSub: ComponentType<'pubsub'> = componentType({
  block: 'pubsub',
  fields: { consumerID: optional(nonEmpty) },
  open: ({ consumerID }, context) => {
    const topics = context.shared<Topics>(() => new Map());
    const open = openSubscriptions();
    const pubsub: PubSub = {
      features: new Set(),
      publish: async (message) => publish(topics, message),
      subscribe: async (options) => {
        const subscription = subscribe({ topics, group: consumerID ?? context.appId, options, context });
        return open.keep(subscription);
      },
      ping: async () => {},
      close: async () => open.close(),
    };
    return pubsub;
  },
});

function publish(topics: Topics, { topic, data, contentType, metadata }: Publication): void {
  const groups = [...(topics.get(topic)?.values() ?? [])];
  if (groups.some(({ queue }) => queue.size >= maxQueued)) {
    const text = `Nothing was published to "${topic}": a group of its consumers is ${maxQueued} messages behind. Try again later.`;
    throw new ComponentError('ComponentUnavailable', text);
  }
  for (const group of groups) {
    const message = { id: randomUUID(), data, metadata: metadata ?? {}, ...(contentType === undefined ? {} : { contentType }) };
    const taker = group.waiting.shift();
    if (taker === undefined) group.queue.push(message);
    else taker(message);
  }
}

interface SubscribeArguments {
  topics: Topics;
  group: string;
  options: SubscribeOptions;
  context: ComponentContext;
}

function subscribe({ topics, group: name, options, context }: SubscribeArguments): Subscription {
  const group = groupOf(topics, options.topic, name);
  group.consumers++;
  const lanes = deliveryLanes({
    ...options,
    clock: context.clock,
    random: context.random,
    retry: 'here',
    onError: () => {},
  });
  let stopWaiting = (): void => {};
  let isOpen = true;
  void take();

  async function take(): Promise<void> {
    while ((await lanes.room()) > 0) {
      const message = group.queue.shift() ?? (await next());
      if (message === undefined) return;
      const lane = message.metadata['partitionKey'];
      // What nobody could handle before the end goes to the next consumer of the group.
      const settle = ({ kind }: { kind: string }): void => {
        if (kind === 'retry') giveBack(group, message);
      };
      lanes.offer({ message, settle, ...(lane === undefined ? {} : { lane }) });
    }
  }

  function next(): Promise<Message | undefined> {
    return new Promise((resolve) => {
      group.waiting.push(resolve);
      stopWaiting = () => {
        group.waiting = group.waiting.filter((waiter) => waiter !== resolve);
        resolve(undefined);
      };
    });
  }

  return {
    pause: lanes.pause,
    resume: lanes.resume,
    backlog: async () => group.queue.size + lanes.held,
    close: async (signal) => {
      if (!isOpen) return;
      isOpen = false;
      stopWaiting();
      await lanes.close(signal);
      group.consumers--;
      if (group.consumers === 0) topics.get(options.topic)?.delete(name);
    },
  };
}

function groupOf(topics: Topics, topic: string, name: string): Group {
  const groups = topics.get(topic) ?? new Map<string, Group>();
  topics.set(topic, groups);
  const group = groups.get(name) ?? { queue: fifo(), waiting: [], consumers: 0 };
  groups.set(name, group);
  return group;
}

function giveBack(group: Group, message: Message): void {
  const taker = group.waiting.shift();
  if (taker === undefined) group.queue.push(message);
  else taker(message);
}
