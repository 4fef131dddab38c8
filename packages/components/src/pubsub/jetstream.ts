import { createHash } from 'node:crypto';
import {
  jetstream,
  jetstreamManager,
  type Consumer,
  type ConsumerConfig,
  type ConsumerMessages,
  type JetStreamClient,
  type JetStreamManager,
  type JsMsg,
} from '@nats-io/jetstream';
import { connect, headers, jwtAuthenticator, nanos, type NatsConnection, type NodeConnectionOptions } from '@nats-io/transport-node';
import { abortable } from '../abortable.ts';
import type { ComponentContext } from '../component-context.ts';
import { ComponentError } from '../component-error.ts';
import { componentType, type ComponentType } from '../component-type.ts';
import { backOffMs, connectionBackOff, deliveryBackOff } from '../delivery/back-off.ts';
import type { Delivery, Outcome, Subscription } from '../delivery/delivery.ts';
import { deliveryLanes } from '../delivery/delivery-lanes.ts';
import { needed, optional, withDefault, withoutEffect, type SettingsOf } from '../metadata/fields.ts';
import { commaList, duration, flag, nonEmpty, oneOf, wholeNumber, type Parser } from '../metadata/parsers.ts';
import type { Publication, PubSub, SubscribeOptions } from './pubsub.ts';
import { openSubscriptions } from '../delivery/open-subscriptions.ts';

const pem: Parser<string> = {
  says: 'PEM, beginning with "-----BEGIN"; files are not read',
  parse: (value) => (value.trimStart().startsWith('-----BEGIN') ? value : undefined),
};

const durations: Parser<number[]> = {
  says: 'durations, separated by commas, such as "1s, 5s, 30s"',
  parse: (value) => {
    const parsed = (commaList.parse(value.replace(/^\[(.*)\]$/, '$1')) ?? []).map((each) => duration('s').parse(each));
    return parsed.length > 0 && parsed.every((each) => each !== undefined) ? parsed : undefined;
  },
};

const fields = {
  natsURL: needed(nonEmpty),
  jwt: optional(nonEmpty),
  seedKey: optional(nonEmpty),
  token: optional(nonEmpty),
  tls_client_cert: optional(pem),
  tls_client_key: optional(pem),
  name: withDefault(nonEmpty, 'dapr.io - pubsub.jetstream'),
  streamName: optional(nonEmpty),
  durableName: optional(nonEmpty),
  queueGroupName: optional(nonEmpty),
  consumerID: optional(nonEmpty),
  startSequence: optional(wholeNumber(1)),
  startTime: optional(wholeNumber(0)),
  ackWait: withDefault(duration('s'), 30_000),
  maxDeliver: optional(wholeNumber(-1)),
  maxAckPending: optional(wholeNumber(1)),
  replicas: optional(wholeNumber(1, 5)),
  memoryStorage: withDefault(flag, false),
  deliverPolicy: withDefault(oneOf('all', 'last', 'new', 'sequence', 'time'), 'all'),
  ackPolicy: withDefault(oneOf('explicit'), 'explicit'),
  domain: optional(nonEmpty),
  apiPrefix: optional(nonEmpty),
  concurrency: withDefault(oneOf('single', 'parallel'), 'parallel'),
  backOff: optional(durations),
  // Of consumers to which the server pushes; here messages are pulled as there is room for them.
  flowControl: withoutEffect(flag),
  heartbeat: withoutEffect(duration('s')),
  rateLimit: withoutEffect(wholeNumber(0)),
};

type Settings = SettingsOf<typeof fields>;

/** `pubsub.jetstream`: streams have to exist; each group is a durable consumer of one, from which its members pull. */
export const jetStreamPubSub: ComponentType<'pubsub'> = componentType({
  block: 'pubsub',
  fields,
  open: async (settings, context) => {
    const connection = await connected(settings, context);
    const options = {
      ...(settings.domain === undefined ? {} : { domain: settings.domain }),
      ...(settings.apiPrefix === undefined ? {} : { apiPrefix: settings.apiPrefix }),
    };
    const client = jetstream(connection.nats, options);
    const manager = await jetstreamManager(connection.nats, { ...options, checkAPI: false });
    const open = openSubscriptions();
    const pubsub: PubSub = {
      features: new Set(['SUBSCRIBE_WILDCARDS'] as const),
      publish: async (message, signal) => {
        connection.refuseUnlessUp();
        await abortable(publish(client, message), signal);
      },
      subscribe: async (subscribing) => {
        const subscription = await subscribe({ client, manager, settings, options: subscribing, context });
        return open.keep(subscription);
      },
      ping: async (signal) => {
        connection.refuseUnlessUp();
        await abortable(connection.nats.flush(), signal);
      },
      close: async () => {
        await open.close();
        // Gives the last acknowledgements time to go out, where there is someone to take them.
        await (connection.isUp() ? connection.nats.drain() : connection.nats.close()).catch(() => undefined);
      },
    };
    return pubsub;
  },
});

interface Connection {
  nats: NatsConnection;
  isUp(): boolean;
  refuseUnlessUp(): void;
}

async function connected(settings: Settings, context: ComponentContext): Promise<Connection> {
  const refuse = (why: string): ComponentError =>
    new ComponentError('ComponentInvalid', `Component "${context.name}" cannot be opened: ${why}.`);
  if ((settings.jwt === undefined) !== (settings.seedKey === undefined)) throw refuse('jwt and seedKey go together. Set both, or neither');
  const { tls_client_cert: cert, tls_client_key: key } = settings;
  if ((cert === undefined) !== (key === undefined)) throw refuse('tls_client_cert and tls_client_key go together. Set both, or neither');
  const options: NodeConnectionOptions = {
    servers: settings.natsURL.split(',').map((url) => url.trim()),
    name: settings.name,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 500,
    pingInterval: 10_000,
    timeout: 5_000,
    ...(settings.token === undefined ? {} : { token: settings.token }),
    ...(settings.jwt === undefined || settings.seedKey === undefined
      ? {}
      : { authenticator: jwtAuthenticator(settings.jwt, Buffer.from(settings.seedKey)) }),
    ...(cert === undefined || key === undefined ? {} : { tls: { cert, key } }),
  };
  const nats = await connect(options).catch((error: unknown) => {
    throw new ComponentError('ComponentUnavailable', `NATS cannot be reached: ${reasonOf(error)}. Is the server up, and natsURL right?`, {
      cause: error,
    });
  });
  let isUp = true;
  void (async () => {
    for await (const { type } of nats.status()) {
      if (type === 'disconnect' && isUp) {
        isUp = false;
        context.report({ level: 'warn', message: 'the connection to NATS is lost, and sought again', component: context.name });
      } else if (type === 'reconnect') {
        isUp = true;
        context.report({ level: 'info', message: 'the connection to NATS is back', component: context.name });
      }
    }
  })();
  return {
    nats,
    isUp: () => isUp,
    // The client would keep what is sent now and send it later, when the caller has been told that it failed.
    refuseUnlessUp: () => {
      if (!isUp)
        throw new ComponentError(
          'ComponentUnavailable',
          'NATS cannot be reached now. The connection is sought again; repeat the call later.',
        );
    },
  };
}

async function publish(client: JetStreamClient, { topic, data, contentType }: Publication): Promise<void> {
  if (!/^[^\s.*>]+(?:\.[^\s.*>]+)*$/.test(topic))
    throw new ComponentError(
      'RequestRejected',
      `Nothing was published: ${JSON.stringify(topic)} is not the name of one subject of NATS. Correct it.`,
    );
  const id = eventId(data);
  const options = {
    ...(id === undefined ? {} : { msgID: id }),
    ...(contentType === undefined ? {} : { headers: contentTypeHeader(contentType) }),
  };
  try {
    await client.publish(topic, data, options);
  } catch (error) {
    throw new ComponentError(
      'ComponentUnavailable',
      `Nothing was published to "${topic}" of NATS: ${reasonOf(error)}. Is there a stream that takes this subject?`,
      { cause: error },
    );
  }
}

function contentTypeHeader(contentType: string): ReturnType<typeof headers> {
  const given = headers();
  given.set('Content-Type', contentType);
  return given;
}

/** Of a CloudEvent: the server drops a second message of the same id. */
function eventId(data: Uint8Array): string | undefined {
  if (data[0] !== 0x7b) return undefined;
  const text = Buffer.from(data).toString('utf8');
  if (!text.includes('"specversion"')) return undefined;
  try {
    const { id } = JSON.parse(text) as { id?: unknown };
    return typeof id === 'string' && /^[\x21-\x7e]{1,200}$/.test(id) ? id : undefined;
  } catch {
    return undefined;
  }
}

interface Subscribing {
  client: JetStreamClient;
  manager: JetStreamManager;
  settings: Settings;
  options: SubscribeOptions;
  context: ComponentContext;
}

const fetchMs = 5_000;

async function subscribe({ client, manager, settings, options, context }: Subscribing): Promise<Subscription> {
  const { clock, random } = context;
  const held = new Set<JsMsg>();
  let isClosing = false;
  const lanes = deliveryLanes({ ...options, clock, random, retry: 'source', onError: () => {} });
  const opening = ensureConsumer({ client, manager, settings, topic: options.topic, appId: context.appId });
  let consumer = await abortable(opening, options.signal);
  let messages: ConsumerMessages | undefined;
  // Whoever holds a message says so, and another gets it as soon as this process is gone.
  let cancelWorking = clock.setTimeout(function again() {
    for (const message of held) message.working();
    cancelWorking = clock.setTimeout(again, settings.ackWait / 3);
  }, settings.ackWait / 3);
  const taking = take();

  async function take(): Promise<void> {
    let failures = 0;
    for (let room = await lanes.room(); room > 0; room = await lanes.room()) {
      try {
        messages = await consumer.fetch({ max_messages: room, expires: fetchMs });
        if (isClosing) messages.stop();
        for await (const message of messages) offer(message);
        failures = 0;
      } catch (error) {
        if (isClosing) return;
        if (failures++ === 0)
          context.report({
            level: 'warn',
            message: 'messages cannot be taken now',
            component: context.name,
            fields: { reason: reasonOf(error) },
          });
        await new Promise<void>((resolve) => clock.setTimeout(resolve, backOffMs(connectionBackOff, failures, random())));
        // It may be the consumer itself that is gone.
        consumer = await ensureConsumer({ client, manager, settings, topic: options.topic, appId: context.appId }).catch(() => consumer);
      }
    }
  }

  function offer(message: JsMsg): void {
    held.add(message);
    lanes.offer({
      message: deliveryOf(message),
      earlierAttempts: message.info.deliveryCount - 1,
      ...(settings.concurrency === 'single' ? { lane: options.topic } : {}),
      settle: (outcome) => {
        held.delete(message);
        settle(message, outcome);
      },
    });
  }

  function settle(message: JsMsg, { kind }: Outcome): void {
    if (kind === 'done') return message.ack();
    if (isClosing) return message.nak();
    const attempt = message.info.deliveryCount;
    message.nak(settings.backOff?.[Math.min(attempt, settings.backOff.length) - 1] ?? backOffMs(deliveryBackOff, attempt, random()));
  }

  async function close(signal?: AbortSignal): Promise<void> {
    isClosing = true;
    messages?.stop();
    await lanes.close(signal);
    await taking;
    cancelWorking();
  }
  let closing: Promise<void> | undefined;

  return {
    pause: lanes.pause,
    resume: lanes.resume,
    backlog: async (signal) => {
      const info = await abortable(consumer.info(false), signal).catch((error: unknown) => {
        throw new ComponentError('ComponentUnavailable', `The backlog is unknown: NATS says "${reasonOf(error)}". Ask again later.`, {
          cause: error,
        });
      });
      return info.num_pending + info.num_ack_pending;
    },
    close: (signal) => (closing ??= close(signal)),
  };
}

interface ConsumerOptions {
  client: JetStreamClient;
  manager: JetStreamManager;
  settings: Settings;
  topic: string;
  appId: string;
}

async function ensureConsumer({ client, manager, settings, topic, appId }: ConsumerOptions): Promise<Consumer> {
  try {
    const stream = settings.streamName ?? (await manager.streams.find(topic));
    const name = settings.durableName ?? durableNameOf(settings.queueGroupName ?? settings.consumerID ?? appId, topic);
    await manager.consumers.add(stream, consumerConfig(settings, name, topic));
    return await client.consumers.get(stream, name);
  } catch (error) {
    const text = `"${topic}" of NATS cannot be read: ${reasonOf(error)}. Is there a stream that takes this subject, and no consumer of the same name with another one?`;
    throw new ComponentError('ComponentUnavailable', text, { cause: error });
  }
}

/** A consumer is bound to one subject, and its name may not have every letter. */
function durableNameOf(group: string, topic: string): string {
  return `${group.replaceAll(/[^\w-]/g, '_').slice(0, 180)}-${createHash('sha256').update(`${group}\n${topic}`).digest('hex').slice(0, 12)}`;
}

function consumerConfig(settings: Settings, name: string, topic: string): Partial<ConsumerConfig> {
  const { deliverPolicy, startSequence, startTime, maxDeliver, maxAckPending, replicas, backOff } = settings;
  return {
    durable_name: name,
    filter_subject: topic,
    ack_policy: 'explicit',
    ack_wait: nanos(settings.ackWait),
    deliver_policy: ({ sequence: 'by_start_sequence', time: 'by_start_time', all: 'all', last: 'last', new: 'new' } as const)[
      deliverPolicy
    ],
    ...(deliverPolicy === 'sequence' && startSequence !== undefined ? { opt_start_seq: startSequence } : {}),
    ...(deliverPolicy === 'time' ? { opt_start_time: new Date((startTime ?? 0) * 1000).toISOString() } : {}),
    ...(maxDeliver === undefined ? {} : { max_deliver: maxDeliver }),
    ...(maxAckPending === undefined ? {} : { max_ack_pending: maxAckPending }),
    ...(replicas === undefined ? {} : { num_replicas: replicas }),
    ...(settings.memoryStorage ? { mem_storage: true } : {}),
    // The server takes fewer delays than deliveries only; the rest is this component's.
    ...(backOff !== undefined && maxDeliver !== undefined && maxDeliver > backOff.length
      ? { backoff: backOff.map((each) => nanos(each)) }
      : {}),
  };
}

function deliveryOf(message: JsMsg): Omit<Delivery, 'attempt'> {
  const contentType = message.headers?.get('Content-Type');
  return {
    id: `${message.info.stream}/${message.seq}`,
    data: message.data,
    metadata: { Topic: message.subject },
    ...(contentType ? { contentType } : {}),
  };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
}
