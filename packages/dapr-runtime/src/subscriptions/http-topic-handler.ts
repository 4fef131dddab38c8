import { randomUUID } from 'node:crypto';
import type { AppChannel, AppResponse } from '../channel/app-channel.ts';
import { cloudEventType } from '../cloudevents/cloud-event.ts';
import { traceHeaders } from '../cloudevents/trace-headers.ts';
import { isRaw, type TopicSubscription } from './subscription.ts';
import type { TopicEvent, TopicHandler, Verdict } from './topic-handler.ts';

/** Events as POSTs to an app that speaks HTTP; its status, and the word in its answer, are the verdict. */
export function httpTopicHandler(channel: Pick<AppChannel, 'call'>): TopicHandler {
  return {
    handle: async ({ path, event }, _subscription, signal) => {
      const body = JSON.stringify(event);
      const response = await channel.call(
        { method: 'POST', path, headers: { 'content-type': cloudEventType, ...traceHeaders(event) }, body },
        signal,
      );
      return verdictOf(response, (answer) => wordOf(answer['status']));
    },
    handleMany: async (events, subscription, signal) => {
      const ids = events.map(() => randomUUID());
      const body = JSON.stringify(bulkEnvelope(events, ids, subscription));
      const path = events[0]?.path ?? '/';
      const response = await channel.call({ method: 'POST', path, headers: { 'content-type': 'application/json' }, body }, signal);
      return entryVerdicts(response, ids);
    },
  };
}

function bulkEnvelope(events: readonly TopicEvent[], ids: readonly string[], subscription: TopicSubscription): unknown {
  const entries = events.map(({ event, delivery }, index) => ({
    entryId: ids[index],
    event: isRaw(subscription) ? Buffer.from(delivery.data).toString('base64') : event,
    contentType: isRaw(subscription) ? 'application/octet-stream' : cloudEventType,
    metadata: delivery.metadata,
  }));
  const { pubsub, topic } = subscription;
  return { id: randomUUID(), entries, metadata: {}, pubsubname: pubsub, topic, type: 'com.dapr.event.sent.bulk' };
}

function verdictOf(response: AppResponse, read: (answer: Record<string, unknown>) => Verdict): Verdict {
  const { status, body } = response;
  if (status === 404) return { kind: 'drop', reason: 'the app has no such path (status 404)' };
  if (status < 200 || status > 299) return { kind: 'retry', reason: `the app answered with status ${status}`, status };
  return read(objectOf(body));
}

// A body that is no JSON is an answer to nobody in particular, and a success.
function objectOf(body: Buffer): Record<string, unknown> {
  try {
    const answer: unknown = JSON.parse(body.toString('utf8'));
    return typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function wordOf(status: unknown): Verdict {
  switch (status) {
    case undefined:
    case null:
    case '':
    case 'SUCCESS':
      return { kind: 'success' };
    case 'DROP':
      return { kind: 'drop', reason: 'the app answered with DROP' };
    case 'RETRY':
      return { kind: 'retry', reason: 'the app answered with RETRY' };
    default:
      return { kind: 'retry', reason: 'the app answered with a status that is none' };
  }
}

/** The answer is read once, however many entries it is about. */
function entryVerdicts(response: AppResponse, ids: readonly string[]): Verdict[] {
  const words = new Map<unknown, Verdict>();
  const whole = verdictOf(response, ({ statuses }) => {
    const given = Array.isArray(statuses) ? (statuses as ({ entryId?: unknown; status?: unknown } | null)[]) : [];
    // The first word on an entry counts.
    for (const each of given.toReversed()) words.set(each?.entryId, wordOf(each?.status));
    return { kind: 'success' };
  });
  if (whole.kind !== 'success') return ids.map(() => whole);
  return ids.map((id) => words.get(id) ?? { kind: 'retry', reason: 'the app said nothing of this entry' });
}
