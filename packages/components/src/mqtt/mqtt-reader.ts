import type { IClientOptions, IPublishPacket, MqttClient } from 'mqtt';
import type { ComponentContext } from '../component-context.ts';
import { ComponentError } from '../component-error.ts';
import type { ReadOptions, Subscription } from '../delivery/delivery.ts';
import { deliveryLanes } from '../delivery/delivery-lanes.ts';
import { fifo } from '../delivery/fifo.ts';
import { mqttClient, reasonOf } from './mqtt-client.ts';

export interface MqttReaderOptions {
  /** May have wildcards, and begin with `$share/GROUP/`. */
  topic: string;
  clientId: string;
  /** The broker forgets the session when it ends. */
  clean: boolean;
  /** Takes the subscription back at the end, although the session stays. */
  unsubscribes: boolean;
  qos: 0 | 1;
  connection: IClientOptions;
  options: ReadOptions;
  context: ComponentContext;
}

/** A message that the broker waits to hear of. Its number is the broker's, and stays when it is sent again over a new connection. */
interface Unacknowledged {
  packet: IPublishPacket;
  isDone: boolean;
}

/**
 * Reads one topic over a connection of its own. A message is acknowledged when its handler has ended, in whatever order;
 * how many the broker sends before that is the broker's limit, and what waits here is within it.
 */
export async function mqttReader({
  topic,
  clientId,
  clean,
  unsubscribes,
  qos,
  connection,
  options,
  context,
}: MqttReaderOptions): Promise<Subscription> {
  const lanes = deliveryLanes({ ...options, clock: context.clock, random: context.random, retry: 'here', onError: () => {} });
  const waiting = fifo<IPublishPacket>();
  const unacknowledged = new Map<number, Unacknowledged>();
  let wake = (): void => {};
  let isOpen = true;
  const client = await mqttClient({
    connection: { ...connection, clientId, clean, resubscribe: true },
    context,
    prepare,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  await subscribe(client, topic, qos).catch((error: unknown) => {
    client.end(true);
    throw error;
  });
  const taking = take();

  function prepare(connecting: MqttClient): void {
    // The client's own acknowledgement is withheld by an error, which it makes nothing else of.
    connecting.handleMessage = (packet, callback) => {
      receive(packet);
      callback(packet.qos === 0 ? undefined : new Error('acknowledged when it is done'));
    };
    connecting.on('connect', ({ sessionPresent }) => {
      if (!sessionPresent) unacknowledged.clear();
    });
  }

  function receive(packet: IPublishPacket): void {
    if (packet.qos > 0 && packet.messageId !== undefined) {
      const known = unacknowledged.get(packet.messageId);
      if (packet.dup && known !== undefined && sameMessage(known.packet, packet)) {
        if (known.isDone) acknowledge(client, unacknowledged, packet.messageId);
        return;
      }
      unacknowledged.set(packet.messageId, { packet, isDone: false });
    }
    waiting.push(packet);
    wake();
  }

  async function take(): Promise<void> {
    while ((await lanes.room()) > 0) {
      const packet = waiting.shift();
      if (packet !== undefined) offer(packet);
      else if (isOpen) await new Promise<void>((resolve) => (wake = resolve));
      else return;
    }
  }

  function offer(packet: IPublishPacket): void {
    const data = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
    lanes.offer({
      message: { data, metadata: { topic: packet.topic, retained: String(packet.retain) } },
      settle: ({ kind }) => {
        const { messageId } = packet;
        if (kind !== 'done' || packet.qos === 0 || messageId === undefined) return;
        const mine = unacknowledged.get(messageId);
        // The broker began a new session, and uses the number for another message.
        if (mine?.packet !== packet) return;
        mine.isDone = true;
        acknowledge(client, unacknowledged, messageId);
      },
    });
  }

  async function close(signal?: AbortSignal): Promise<void> {
    isOpen = false;
    await lanes.close(signal);
    wake();
    await taking;
    if (unsubscribes && client.connected) await client.unsubscribeAsync(topic).catch(() => undefined);
    await client.endAsync(!client.connected);
  }
  let closing: Promise<void> | undefined;

  return { pause: lanes.pause, resume: lanes.resume, close: (signal) => (closing ??= close(signal)) };
}

async function subscribe(client: MqttClient, topic: string, qos: 0 | 1): Promise<void> {
  const granted = await client.subscribeAsync(topic, { qos }).catch((error: unknown) => {
    throw new ComponentError('RequestRejected', `Topic ${JSON.stringify(topic)} cannot be subscribed to: ${reasonOf(error)}.`, {
      cause: error,
    });
  });
  if (granted.some((each) => each.qos === 128))
    throw new ComponentError(
      'RequestRejected',
      `The MQTT broker refuses the subscription to ${JSON.stringify(topic)}. May its user read it?`,
    );
}

function acknowledge(client: MqttClient, unacknowledged: Map<number, Unacknowledged>, messageId: number): void {
  // While the broker is away nothing is told; it sends the message again, and is told then.
  if (!client.connected) return;
  unacknowledged.delete(messageId);
  // The one way past the client's own order of handling, which is one message at a time.
  client['_sendPacket']({ cmd: 'puback', messageId });
}

function sameMessage(known: IPublishPacket, packet: IPublishPacket): boolean {
  return known.topic === packet.topic && Buffer.from(known.payload).equals(Buffer.from(packet.payload));
}
