import type { TopicEventRequest } from '@openfunction/protocol/dapr';
import type { CloudEvent } from '../cloudevents/cloud-event.ts';
import { toStruct } from './struct.ts';

// A broker's message may be anything that has a specversion.
const textOf = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
const ownFields = new Set(['id', 'source', 'type', 'specversion', 'datacontenttype', 'data', 'data_base64', 'topic', 'pubsubname']);

/** An event as AppCallback and streams carry it. */
export function topicEventRequest(
  event: CloudEvent,
  { topic, pubsub, path }: { topic: string; pubsub: string; path: string },
): TopicEventRequest {
  const extensions = Object.fromEntries(Object.entries(event).filter(([name]) => !ownFields.has(name)));
  return {
    id: textOf(event.id),
    source: textOf(event.source),
    type: textOf(event.type),
    specVersion: textOf(event.specversion),
    dataContentType: event.datacontenttype ?? '',
    data: dataOf(event),
    topic,
    pubsubName: pubsub,
    path,
    extensions: toStruct(extensions),
  };
}

function dataOf({ data, data_base64: base64, datacontenttype: type }: CloudEvent): Uint8Array {
  if (typeof base64 === 'string') return Buffer.from(base64, 'base64');
  if (data === undefined || data === null) return new Uint8Array(0);
  const isText = typeof data === 'string' && !/json/i.test(type ?? '');
  return Buffer.from(isText ? data : JSON.stringify(data));
}
