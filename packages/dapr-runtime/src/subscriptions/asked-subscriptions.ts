import { isFinal } from '../app/persist.ts';
import type { TopicSubscription } from './subscription.ts';

/** A declared subscription with what the app itself says of the topic; as it is declared where the app does not list it. Rejects when the app could not be asked. */
export type AskedSubscription = (declared: TopicSubscription, signal: AbortSignal) => Promise<TopicSubscription>;

/** Asks the app when it is needed first, and keeps the answer. */
export function askedSubscriptions(ask: (signal: AbortSignal) => Promise<TopicSubscription[]>): AskedSubscription {
  let answer: Promise<TopicSubscription[]> | undefined;

  async function once(signal: AbortSignal): Promise<TopicSubscription[]> {
    try {
      return await ask(signal);
    } catch (error) {
      // Many apps answer any path with what is no list: they have nothing to say of their topics.
      if (isFinal(error)) return [];
      answer = undefined;
      throw error;
    }
  }

  return async (declared, signal) => {
    answer ??= once(signal);
    const found = (await answer).find(({ pubsub, topic }) => pubsub === declared.pubsub && topic === declared.topic);
    if (found === undefined) return declared;
    const { routes, deadLetterTopic } = found;
    return { ...declared, routes, ...(deadLetterTopic === undefined ? {} : { deadLetterTopic }) };
  };
}
