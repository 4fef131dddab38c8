import type { BindingHandler } from '../bindings/binding-handler.ts';
import type { TopicEvent, TopicHandler, Verdict } from '../subscriptions/topic-handler.ts';
import type { PolicyRunner } from './run-with-policy.ts';
import { StatusFailure } from './status-failure.ts';

/** The same app for the events of a topic, asked by the inbound policy of the broker. */
export function resilientTopics(handler: TopicHandler, runner: PolicyRunner | undefined): TopicHandler {
  if (runner === undefined) return handler;
  return {
    handle: async (event, subscription, given) => {
      const [verdict] = await askAgain([event], runner, given, async ([only], signal) => [
        await handler.handle(only as TopicEvent, subscription, signal),
      ]);
      return verdict as Verdict;
    },
    handleMany: (events, subscription, given) =>
      askAgain(events, runner, given, (left, signal) => handler.handleMany(left, subscription, signal)),
  };
}

/** The same app for the events of an input binding. */
export function resilientBindings(handler: BindingHandler, runner: PolicyRunner | undefined): BindingHandler {
  if (runner === undefined) return handler;
  return { ...handler, handle: (path, delivery, given) => runner.run((signal) => handler.handle(path, delivery, signal), given) };
}

/** Asks again about those events that are to come again, and no others. */
async function askAgain(
  events: readonly TopicEvent[],
  runner: PolicyRunner,
  given: AbortSignal,
  ask: (left: readonly TopicEvent[], signal: AbortSignal) => Promise<Verdict[]>,
): Promise<Verdict[]> {
  const verdicts = new Map<TopicEvent, Verdict>();
  let left = events;
  const unanswered = (): Verdict => ({ kind: 'retry', reason: 'the app said nothing of this entry' });
  try {
    await runner.run(async (signal) => {
      const told = await ask(left, signal);
      left.forEach((event, index) => verdicts.set(event, told[index] ?? unanswered()));
      left = left.filter((event) => verdicts.get(event)?.kind === 'retry');
      const [first] = left;
      if (first !== undefined) throw failureOf(verdicts.get(first) as Verdict);
    }, given);
  } catch (error) {
    if (verdicts.size < events.length) throw error;
  }
  return events.map((event) => verdicts.get(event) ?? unanswered());
}

function failureOf(verdict: Verdict): Error {
  if (verdict.kind === 'success') return new Error('the app took it');
  return verdict.status === undefined ? new Error(verdict.reason) : new StatusFailure('http', verdict.status, verdict.reason);
}
