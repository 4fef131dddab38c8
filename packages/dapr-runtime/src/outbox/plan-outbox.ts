import type { StateChange, StateItem } from '../api/state-api.ts';

/** A message that waits for its transaction. */
export interface OutboxMessage {
  /** Of the message, and of the mark that the transaction leaves in the store. */
  id: string;
  data: Uint8Array;
  contentType?: string;
  metadata: Record<string, string>;
}

export interface OutboxPlan {
  /** What is written, without the projections. */
  writes: StateChange[];
  messages: OutboxMessage[];
}

const projectionKey = 'outbox.projection';
const isProjection = (change: StateChange): boolean =>
  change.kind === 'upsert' && /^(?:1|t|true|y|yes|on)$/i.test(change.item.metadata?.[projectionKey] ?? '');

/** One message for each key that is written: what its projection says, else what is written. Deletions are not told, as in Dapr. */
export function planOutbox(changes: readonly StateChange[], newId: () => string): OutboxPlan {
  const projections = new Map(
    changes.flatMap((change) => (change.kind === 'upsert' && isProjection(change) ? [[change.item.key, change.item]] : [])),
  );
  const writes = changes.filter((change) => !isProjection(change));
  return {
    writes,
    messages: writes.flatMap((change) =>
      change.kind === 'upsert' ? [messageOf(change.item, projections.get(change.item.key), newId())] : [],
    ),
  };
}

function messageOf(written: StateItem, projection: StateItem | undefined, id: string): OutboxMessage {
  const { value, metadata = {} } = projection ?? written;
  const contentType = metadata['contentType'];
  return {
    id: `outbox-${id}`,
    data: value,
    metadata: attributesOf(written.metadata ?? {}),
    ...(contentType === undefined ? {} : { contentType }),
  };
}

// The id is what finds the mark.
function attributesOf(metadata: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => name.startsWith('cloudevent.') && name !== 'cloudevent.id'));
}
