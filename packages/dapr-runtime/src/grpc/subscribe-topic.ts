import type {
  DaprCall,
  SubscribeTopicEventsRequestAlpha1,
  SubscribeTopicEventsResponseAlpha1,
  TopicEventRequest,
} from '@openfunction/protocol/dapr';
import { ApiError } from '../api/api-error.ts';
import type { TopicSubscription } from '../subscriptions/subscription.ts';
import type { TopicHandler, Verdict } from '../subscriptions/topic-handler.ts';
import type { CallerOf } from './dapr-service.ts';
import { rpcFailure } from './rpc-failure.ts';
import { topicEventRequest } from './topic-event-request.ts';
import { verdictOf } from './verdict.ts';

type Requests = AsyncIterable<SubscribeTopicEventsRequestAlpha1>;

/** A subscription that lives as long as its stream: events go out, and what became of each comes back by its id. */
export async function* subscribeTopic(
  requests: Requests,
  call: DaprCall,
  callerOf: CallerOf,
): AsyncIterable<SubscribeTopicEventsResponseAlpha1> {
  try {
    yield* streamed(requests, call, callerOf);
  } catch (error) {
    throw rpcFailure(error);
  }
}

async function* streamed(requests: Requests, call: DaprCall, callerOf: CallerOf): AsyncIterable<SubscribeTopicEventsResponseAlpha1> {
  const app = callerOf(call);
  const incoming = requests[Symbol.asyncIterator]();
  const { value } = await incoming.next();
  const initial = (value as SubscribeTopicEventsRequestAlpha1 | undefined)?.initialRequest;
  if (initial === undefined)
    throw new ApiError('ERR_BAD_REQUEST', 'The first message of the stream must be the initial request. Send it first.');
  const exchange = openExchange();
  const { pubsubName: pubsub, topic, metadata, deadLetterTopic } = initial;
  const wanted: TopicSubscription = {
    pubsub,
    topic,
    metadata,
    type: 'STREAMING',
    routes: [{ path: '' }],
    ...(deadLetterTopic === undefined || deadLetterTopic === '' ? {} : { deadLetterTopic }),
  };
  const subscription = await app.subscribe(wanted, exchange.handler);
  void exchange.readVerdicts({ [Symbol.asyncIterator]: () => incoming });
  call.signal.addEventListener('abort', exchange.end, { once: true });
  try {
    yield { initialResponse: {} };
    yield* exchange.events();
  } finally {
    exchange.end();
    await subscription.close();
  }
}

interface Exchange {
  handler: TopicHandler;
  events(): AsyncIterable<SubscribeTopicEventsResponseAlpha1>;
  readVerdicts(requests: Requests): Promise<void>;
  end(): void;
}

function openExchange(): Exchange {
  const outgoing: TopicEventRequest[] = [];
  /** Who waits for the verdict on an id; the same event may be out twice. */
  const waiting = new Map<string, ((verdict: Verdict) => void)[]>();
  let isOpen = true;
  let wake = (): void => {};

  function settle(id: string, verdict: Verdict): void {
    const waiters = waiting.get(id);
    waiters?.shift()?.(verdict);
    if (waiters?.length === 0) waiting.delete(id);
  }

  function end(): void {
    isOpen = false;
    for (const waiters of waiting.values()) for (const waiter of waiters) waiter({ kind: 'retry', reason: 'the stream of the app ended' });
    waiting.clear();
    wake();
  }

  const handle: TopicHandler['handle'] = ({ event, path }, { topic, pubsub }) =>
    new Promise((resolve) => {
      if (!isOpen) return resolve({ kind: 'retry', reason: 'the stream of the app ended' });
      const request = topicEventRequest(event, { topic, pubsub, path });
      waiting.set(request.id, [...(waiting.get(request.id) ?? []), resolve]);
      outgoing.push(request);
      wake();
    });

  return {
    handler: {
      handle,
      handleMany: (events, subscription, signal) => Promise.all(events.map((event) => handle(event, subscription, signal))),
    },
    events: async function* () {
      while (isOpen) {
        for (const eventMessage of outgoing.splice(0)) yield { eventMessage };
        if (isOpen && outgoing.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      }
    },
    readVerdicts: async (requests) => {
      try {
        for await (const { eventProcessed } of requests)
          if (eventProcessed !== undefined) settle(eventProcessed.id, verdictOf(eventProcessed.status?.status ?? 'SUCCESS'));
      } catch {
        // The stream broke; what is out comes again.
      }
      end();
    },
    end,
  };
}
