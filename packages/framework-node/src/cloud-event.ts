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

/** The events of a request in binary, structured or batch form; throws InvalidCloudEvent otherwise. */
export function cloudEvents(req: FunctionRequest): CloudEvent[] {
  const type = req.headers['content-type'] ?? '';
  if (type.startsWith('application/cloudevents-batch+json')) {
    return batchOf(req.rawBody).map(checked);
  }
  if (type.startsWith('application/cloudevents+json')) return [traced(checked(req.body), req)];
  const event: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(req.headers)) {
    if (name.startsWith('ce-') && typeof value === 'string') event[name.slice(3)] = decode(value);
  }
  if (type) event['datacontenttype'] = type;
  if (req.body !== undefined) event['data'] = req.body;
  return [traced(checked(event), req)];
}

/** As Google's framework: the caller's trace goes on in the event. */
function traced(event: CloudEvent, { headers }: FunctionRequest): CloudEvent {
  return typeof headers['traceparent'] === 'string' ? { ...event, traceparent: headers['traceparent'] } : event;
}

function batchOf(raw: Buffer | undefined): unknown[] {
  try {
    const batch: unknown = JSON.parse(String(raw));
    if (Array.isArray(batch)) return batch;
  } catch {
    // Refused below.
  }
  throw invalid('a batch must be a JSON array');
}

function decode(value: string): string {
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
  if (typeof event['data_base64'] === 'string') {
    const { data_base64: base64, ...rest } = event;
    return { ...rest, data: Buffer.from(base64, 'base64') } as CloudEvent;
  }
  return event as CloudEvent;
}

function invalid(why: string): FunctionError {
  return new FunctionError(
    'InvalidCloudEvent',
    400,
    `The request is no CloudEvent: ${why}. Send CloudEvents 1.0 in binary, structured or batch form.`,
  );
}
