import { cloudEvents, type CloudEvent } from '../cloud-event.ts';
import type { FunctionRequest } from '../request.ts';
import type { EventSource } from './event-source.ts';

/** The message that a function is called with. */
export interface FunctionEvent extends EventSource {
  /** Of a topic, unless its publisher sent raw data. */
  cloudEvent?: CloudEvent;
  /** What the source tells beside the data, such as a Kafka key: the headers of the runtime's call. */
  metadata: Readonly<Record<string, string>>;
}

/** The event that a request brings, and its data: what the event holds, or the body. */
export function functionEvent(req: FunctionRequest, source: EventSource): { event: FunctionEvent; data: unknown } {
  const metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(req.headers))
    if (typeof value === 'string' && name !== 'dapr-api-token') metadata[name] = value;
  const isEvent = source.topic !== undefined && /^application\/cloudevents\+json\b/i.test(req.headers['content-type'] ?? '');
  if (!isEvent) return { event: { ...source, metadata }, data: req.body };
  const [cloudEvent] = cloudEvents(req);
  return { event: { ...source, metadata, cloudEvent }, data: cloudEvent?.data };
}

const outcomes: ReadonlySet<unknown> = new Set(['SUCCESS', 'RETRY', 'DROP']);

/**
 * What the runtime is told after the function returned: of a topic's event, the status that the function returned (`SUCCESS`,
 * `RETRY` or `DROP`), else success. What else it returned is not the runtime's business: of a binding Dapr would send it on.
 */
export function answerTo(source: EventSource, returned: unknown): { status: string } | undefined {
  if (source.topic === undefined || typeof returned !== 'object' || returned === null) return undefined;
  const { status } = returned as { status?: unknown };
  return outcomes.has(status) ? { status: String(status) } : undefined;
}
