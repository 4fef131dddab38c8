import { randomUUID } from 'node:crypto';
import type { Delivery } from '@openfunction/components';
import type { CloudEvent } from './cloud-event.ts';

export interface ReceivedFrom {
  topic: string;
  pubsub: string;
  rawPayload: boolean;
}

/** What an app gets of a message: the event that was published, or one around a message that is none. */
export function receivedEvent(delivery: Pick<Delivery, 'data' | 'id' | 'contentType'>, from: ReceivedFrom): CloudEvent {
  const event = from.rawPayload ? undefined : published(delivery.data);
  return event === undefined ? around(delivery, from) : { ...event, topic: from.topic, pubsubname: from.pubsub };
}

function published(data: Uint8Array): CloudEvent | undefined {
  try {
    const event: unknown = JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8'));
    const isEvent = typeof event === 'object' && event !== null && !Array.isArray(event) && 'specversion' in event;
    return isEvent ? (event as CloudEvent) : undefined;
  } catch {
    return undefined;
  }
}

function around({ data, id, contentType }: Pick<Delivery, 'data' | 'id' | 'contentType'>, { topic, pubsub }: ReceivedFrom): CloudEvent {
  return {
    data_base64: Buffer.from(data).toString('base64'),
    datacontenttype: contentType ?? 'application/octet-stream',
    id: id ?? randomUUID(),
    pubsubname: pubsub,
    source: 'Dapr',
    specversion: '1.0',
    topic,
    type: 'com.dapr.event.sent',
  };
}

/** Whether nobody wants the event any more. */
export function hasExpired(event: CloudEvent, now: number): boolean {
  return typeof event['expiration'] === 'string' && Date.parse(event['expiration']) <= now;
}
