import { randomUUID } from 'node:crypto';
import { ApiError } from '../api/api-error.ts';
import { cloudEventType, isCloudEvent, isJson, mediaType, type CloudEvent } from './cloud-event.ts';
import { traceParent } from './trace-parent.ts';

export interface ToWrap {
  data: Uint8Array;
  contentType: string | undefined;
  topic: string;
  pubsub: string;
  appId: string;
  metadata: Record<string, string>;
  traceparent?: string;
  tracestate?: string;
  now: number;
}

const longestAttribute = 64 * 1024;

/** What goes to the broker: the event around the data, or the app's own event with what Dapr adds. */
export function wrapEvent(given: ToWrap): { data: Uint8Array; contentType: string } {
  const event = isCloudEvent(given.contentType) ? ownEvent(given) : newEvent(given);
  return { data: Buffer.from(JSON.stringify(withExpiry(overridden(event, given.metadata), given))), contentType: cloudEventType };
}

function newEvent(given: ToWrap): CloudEvent {
  const contentType = given.contentType === undefined || given.contentType === '' ? 'text/plain' : given.contentType;
  return {
    ...dataOf(given.data, contentType),
    datacontenttype: contentType,
    id: randomUUID(),
    pubsubname: given.pubsub,
    source: given.appId,
    specversion: '1.0',
    time: new Date(given.now).toISOString().replace(/\.\d+Z$/, 'Z'),
    topic: given.topic,
    ...traceOf(given),
    type: 'com.dapr.event.sent',
  };
}

function traceOf(given: ToWrap): { traceid: string; traceparent: string; tracestate: string } {
  const traceparent = traceParent(given.traceparent);
  return { traceid: traceparent, traceparent, tracestate: given.tracestate ?? '' };
}

function dataOf(data: Uint8Array, contentType: string): { data: unknown } | { data_base64: string } {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (isJson(contentType)) return { data: parsed(bytes) };
  const isText = mediaType(contentType).startsWith('text/') || /[/+]xml$/.test(mediaType(contentType));
  return isText ? { data: bytes.toString('utf8') } : { data_base64: bytes.toString('base64') };
}

// What calls itself JSON and is none travels as the text that it is, as from Dapr.
function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return bytes.toString('utf8');
  }
}

function ownEvent(given: ToWrap): CloudEvent {
  const event = objectOf(given.data);
  if (event['specversion'] !== '1.0') throw refusal('specversion must be "1.0"');
  for (const name of ['id', 'source', 'type'] as const)
    if (typeof event[name] !== 'string' || event[name] === '') throw refusal(`${name} must be a text that is not empty`);
  if (event['data'] !== undefined && event['data_base64'] !== undefined)
    throw refusal('data and data_base64 are both there, and one is allowed');
  if (event['time'] !== undefined && !isTime(event['time'])) throw refusal('time must be a date and time as RFC 3339 writes it');
  for (const [name, value] of Object.entries(event)) checkAttribute(name, value);
  const trace = traceOf({
    ...given,
    traceparent: textOr(event['traceparent'], given.traceparent),
    tracestate: textOr(event['tracestate'], given.tracestate),
  });
  return { ...(event as CloudEvent), topic: given.topic, pubsubname: given.pubsub, ...trace };
}

function objectOf(data: Uint8Array): Record<string, unknown> {
  const event: unknown = parsed(Buffer.from(data));
  if (typeof event === 'object' && event !== null && !Array.isArray(event)) return event as Record<string, unknown>;
  throw refusal('it is not a JSON object');
}

function checkAttribute(name: string, value: unknown): void {
  if (name === 'data' || name === 'data_base64') return;
  if (!/^[a-z0-9]{1,64}$/.test(name)) throw refusal('names of attributes are lower-case letters and digits');
  if (typeof value === 'string' && value.length > longestAttribute)
    throw refusal(`attribute ${name} is longer than ${longestAttribute} characters`);
}

const isTime = (value: unknown): boolean =>
  typeof value === 'string' &&
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i.test(value) &&
  !Number.isNaN(Date.parse(value));

const textOr = (value: unknown, otherwise: string | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : otherwise;

/** Metadata `cloudevent.NAME` replaces an attribute, as in Dapr. */
function overridden(event: CloudEvent, metadata: Record<string, string>): CloudEvent {
  const changed = { ...event };
  for (const [name, value] of Object.entries(metadata)) {
    const attribute = /^cloudevent\.([a-z0-9]+)$/.exec(name)?.[1];
    if (attribute !== undefined && attribute !== 'data') changed[attribute] = value;
  }
  return changed;
}

function withExpiry(event: CloudEvent, { metadata, now }: ToWrap): CloudEvent {
  const ttl = metadata['ttlInSeconds'];
  if (ttl === undefined) return event;
  if (!/^[1-9]\d{0,11}$/.test(ttl)) throw refusal('metadata ttlInSeconds must be a whole number of seconds above 0');
  return { ...event, expiration: new Date(Math.min(now + Number(ttl) * 1000, 8.64e15)).toISOString() };
}

function refusal(why: string): ApiError {
  return new ApiError('ERR_PUBSUB_CLOUD_EVENTS_SER', `The event was not published: ${why}. Correct the request.`);
}
