import { randomUUID } from 'node:crypto';
import type { IClientOptions, MqttClient } from 'mqtt';
import { abortable } from '../abortable.ts';
import type { ComponentContext } from '../component-context.ts';
import { ComponentError } from '../component-error.ts';
import { flag, parseOrRefuse } from '../metadata/parsers.ts';
import { mqttClient, reasonOf } from './mqtt-client.ts';

export interface MqttPublisher {
  /** Resolves when the broker has the message, where `qos` says so. */
  publish(topic: string, data: Uint8Array, options: { qos: 0 | 1 | 2; retain: boolean }, signal?: AbortSignal): Promise<void>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

const answerWithinMs = 20_000;

/** A connection for publishing alone, so that messages that wait for handlers never hold up what is sent. */
export async function mqttPublisher(connection: IClientOptions, clientId: string, context: ComponentContext): Promise<MqttPublisher> {
  const ownId = `${clientId}-publisher-${randomUUID().slice(0, 8)}`;
  const client = await mqttClient({ connection: { ...connection, clientId: ownId, clean: true }, context });
  return {
    publish: async (topic, data, { qos, retain }, signal) => {
      refuseTopic(topic);
      refuseUnlessConnected(client);
      const published = client.publishAsync(topic, Buffer.from(data.buffer, data.byteOffset, data.byteLength), { qos, retain });
      const messageId = client.getLastMessageId();
      await abortable(whileConnected(client, published, context), signal).catch((error: unknown) => {
        // The caller was told that it failed: the client must not send it after all when the broker is back.
        client.removeOutgoingMessage(messageId);
        throw error;
      });
    },
    ping: async () => refuseUnlessConnected(client),
    close: async () => {
      await client.endAsync(!client.connected);
    },
  };
}

/** Whether a message is kept as the topic's last; `retain` of the message before that of the component. */
export function retainOf(metadata: Record<string, string> | undefined, otherwise: boolean): boolean {
  const given = metadata?.['retain'];
  return given === undefined ? otherwise : parseOrRefuse(flag, given, 'Metadata "retain" of the message');
}

function refuseTopic(topic: string): void {
  if (topic !== '' && !/[#+\0]/.test(topic)) return;
  throw new ComponentError(
    'RequestRejected',
    `Nothing was published: ${JSON.stringify(topic)} is not the name of one topic. Use one without "#" and "+".`,
  );
}

function refuseUnlessConnected(client: MqttClient): void {
  if (client.connected) return;
  throw new ComponentError(
    'ComponentUnavailable',
    'The MQTT broker cannot be reached now. The connection is sought again; repeat the call later.',
  );
}

/** The client would wait for as long as the broker is away; the caller wants to know. */
async function whileConnected<T>(client: MqttClient, published: Promise<T>, { clock }: ComponentContext): Promise<void> {
  const lost = Promise.withResolvers<never>();
  const onClose = (): void => lost.reject(new Error('the connection was lost before the broker answered'));
  client.once('close', onClose);
  const cancel = clock.setTimeout(() => lost.reject(new Error('the broker did not answer in time')), answerWithinMs);
  published.catch(() => undefined);
  try {
    await Promise.race([published, lost.promise]);
  } catch (error) {
    throw new ComponentError(
      'ComponentUnavailable',
      `It is unknown whether the message was published: ${reasonOf(error)}. Publish it again.`,
      { cause: error },
    );
  } finally {
    cancel();
    client.off('close', onClose);
  }
}
