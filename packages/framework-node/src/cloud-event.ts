import { FunctionError } from './function-error.ts';
import type { FunctionRequest } from './request.ts';

/** A CloudEvent 1.0 with its extension attributes beside the standard ones. */
export interface CloudEvent {
  id: string;
  source: string;
  type: string;
  specversion: string;
  data?: unknown;
  [attribute: string]: unknown;
}

const required = ['id', 'source', 'type', 'specversion'];
const mostInBatch = 1000;
/** The size that every intermediary has to pass on: an attribute that is longer is data in the wrong place. */
const longestAttribute = 64 * 1024;
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.]\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/i;

/** The events of a request in binary, structured or batch form; throws InvalidCloudEvent otherwise. */
export function cloudEvents(req: FunctionRequest): CloudEvent[] {
  const type = req.headers['content-type'] ?? '';
  if (type.startsWith('application/cloudevents-batch+json')) {
    return batchOf(req.rawBody).map(checked);
  }
  if (type.startsWith('application/cloudevents+json')) return [traced(checked(req.body), req)];
  const event: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(req.headers)) {
    if (name.startsWith('ce-') && typeof value === 'string') event[attributeOf(name)] = decode(value);
  }
  if (type) event['datacontenttype'] = type;
  if (req.body !== undefined) event['data'] = req.body;
  return [traced(checked(event), req)];
}

/** As Google's framework: the caller's trace goes on in the event. */
function traced(event: CloudEvent, { headers }: FunctionRequest): CloudEvent {
  return typeof headers['traceparent'] === 'string' ? { ...event, traceparent: headers['traceparent'] } : event;
}

function attributeOf(header: string): string {
  const name = header.slice(3);
  if (name === 'data' || name === 'data_base64') throw invalid(`${header} is no attribute, since data is the body`);
  return name;
}

function batchOf(raw: Buffer | undefined): unknown[] {
  try {
    const batch: unknown = JSON.parse(String(raw));
    if (Array.isArray(batch) && batch.length <= mostInBatch) return batch;
  } catch {
    // Refused below.
  }
  throw invalid(`a batch must be a JSON array of at most ${mostInBatch} events`);
}

function decode(value: string): string {
  // Headers are ASCII; anything else is percent-encoded there.
  if (/[^\x20-\x7e]/.test(value)) throw invalid('a ce- header has characters beyond ASCII; percent-encode them');
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function checked(value: unknown): CloudEvent {
  if (typeof value !== 'object' || value === null) throw invalid('an event must be a JSON object');
  const event = value as Record<string, unknown>;
  for (const name of required) {
    if (typeof event[name] !== 'string' || event[name] === '') throw invalid(`the attribute "${name}" is missing`);
  }
  if (event['specversion'] !== '1.0') throw invalid('its specversion is not 1.0');
  checkAttributes(event);
  if (typeof event['data_base64'] === 'string') {
    const { data_base64: base64, ...rest } = event;
    return { ...rest, data: Buffer.from(base64, 'base64') } as CloudEvent;
  }
  return event as CloudEvent;
}

function checkAttributes(event: Record<string, unknown>): void {
  const { data, data_base64: base64, time, ...attributes } = event;
  if (base64 !== undefined && (data !== undefined || typeof base64 !== 'string'))
    throw invalid('it has data and data_base64, or one that is no text');
  if (time !== undefined && time !== null && !(typeof time === 'string' && rfc3339.test(time) && !Number.isNaN(Date.parse(time))))
    throw invalid('its time is none of RFC 3339');
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'string' && value.length > longestAttribute)
      throw invalid(`the attribute "${name.slice(0, 40)}" is longer than ${longestAttribute} characters`);
  }
}

function invalid(why: string): FunctionError {
  return new FunctionError(
    'InvalidCloudEvent',
    400,
    `The request is no CloudEvent: ${why}. Send CloudEvents 1.0 in binary, structured or batch form.`,
  );
}
