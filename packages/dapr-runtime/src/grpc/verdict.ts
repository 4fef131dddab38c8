import type { TopicEventResponseStatus } from '@openfunction/protocol/dapr';
import type { Verdict } from '../subscriptions/topic-handler.ts';

/** An app's word over gRPC. */
export function verdictOf(status: TopicEventResponseStatus): Verdict {
  if (status === 'DROP') return { kind: 'drop', reason: 'the app answered with DROP' };
  return status === 'RETRY' ? { kind: 'retry', reason: 'the app answered with RETRY' } : { kind: 'success' };
}
