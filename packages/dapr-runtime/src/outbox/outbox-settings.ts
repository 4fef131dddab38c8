import { ComponentError, type OpenedComponent } from '@openfunction/components';
import type { AppIdentity } from '../app/app-identity.ts';

/** What a state store says of its outbox. */
export interface OutboxSettings {
  publishPubsub: string;
  publishTopic: string;
  /** Where messages wait until their transaction is there. */
  outboxPubsub: string;
  discardWhenMissing: boolean;
}

type OpenedState = Extract<OpenedComponent, { block: 'state' }>;

/** `undefined` for a store without an outbox; rejects settings that cannot be. */
export function outboxOf({ component, document, runtime }: OpenedState): OutboxSettings | undefined {
  const { outboxPublishPubsub, outboxPublishTopic, outboxPubsub, outboxDiscardWhenMissingState = false } = runtime;
  if (outboxPublishPubsub === undefined && outboxPublishTopic === undefined && outboxPubsub === undefined) return undefined;
  if (outboxPublishPubsub === undefined || outboxPublishTopic === undefined)
    throw new ComponentError(
      'ComponentInvalid',
      `Component "${document.name}" cannot be opened: an outbox needs both "outboxPublishPubsub" and "outboxPublishTopic". Set both, or neither.`,
    );
  if (component.transact === undefined)
    throw new ComponentError(
      'ComponentInvalid',
      `Component "${document.name}" cannot be opened: its outbox needs transactions, which ${document.type} has not. Use a store that has them, or leave out "outboxPublishPubsub".`,
    );
  return {
    publishPubsub: outboxPublishPubsub,
    publishTopic: outboxPublishTopic,
    outboxPubsub: outboxPubsub ?? outboxPublishPubsub,
    discardWhenMissing: outboxDiscardWhenMissingState,
  };
}

/** Where messages wait; the name is daprd's, so that either may send what the other left. */
export function waitingTopic({ publishTopic }: OutboxSettings, { id, namespace }: AppIdentity): string {
  return `${namespace}${id}${publishTopic}outbox`;
}
