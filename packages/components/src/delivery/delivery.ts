/** A message that a source hands to a consumer. */
export interface Delivery {
  /** The same at each delivery of the same message, where the source has such a name. */
  id?: string;
  data: Uint8Array;
  contentType?: string;
  /** What the source tells beside the data; names as Dapr's. */
  metadata: Record<string, string>;
  /** 1 at first. Counts what this process did; a source that counts across processes tells that. */
  attempt: number;
}

/** `done` takes the message from the source. After `retry` the source gives it again, later. */
export type Outcome = { kind: 'done' } | { kind: 'retry'; error?: unknown };

export const done: Outcome = { kind: 'done' };

/**
 * Answers for each message of the batch, in its order, when its handling has ended: only then is the source told.
 * A rejection is a retry of the whole batch. The signal aborts when the source takes the messages back.
 */
export type Deliver = (batch: readonly Delivery[], signal: AbortSignal) => Promise<readonly Outcome[]>;

export interface ReadOptions {
  deliver: Deliver;
  /** Messages that are handed out and unsettled at once; a source that keeps order may hold some more, which wait behind one of the same lane. */
  maxInFlight: number;
  /** Gathers up to `max` messages, for at most `waitMs` after the first; one by one by default. */
  batch?: { max: number; waitMs: number };
  /** Metadata of this one subscription. */
  metadata?: Record<string, string>;
  /** Gives up opening. What has been opened ends by `close`. */
  signal?: AbortSignal;
}

/** An open stream of deliveries. It survives the loss of its server and goes on when that is back. */
export interface Subscription {
  /** Nothing further is handed out; what is being handled is settled as it ends. */
  pause(): void;
  resume(): void;
  /** Messages that the source keeps for this group and has not been told done; absent where it cannot tell. */
  backlog?(signal: AbortSignal): Promise<number>;
  /** Takes nothing further, then waits for what is being handled; once `signal` aborts, that is given back instead. */
  close(signal?: AbortSignal): Promise<void>;
}
