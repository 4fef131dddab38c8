/** What a store keeps for a key. */
export interface StateEntry {
  value: Uint8Array;
  /** Changes with every write of the key. */
  etag: string;
  /** Of the content, where the store keeps it. */
  metadata?: Record<string, string>;
}

export interface WriteCondition {
  /** Write only while the key still has it. */
  etag?: string;
  /** With no etag: write only what is not there. */
  firstWrite?: boolean;
}

export type StateOperation =
  | ({ kind: 'set'; key: string; value: Uint8Array; ttlSeconds?: number; metadata?: Record<string, string> } & WriteCondition)
  | ({ kind: 'delete'; key: string } & WriteCondition);

export interface ReadOptions {
  /** `strong` reads what the last write left even where replicas lag; the store decides where it is not said. */
  consistency?: 'strong' | 'eventual';
  signal?: AbortSignal;
}

export type StateFeature = 'ETAG' | 'TRANSACTIONAL' | 'TTL';

/** Keys are opaque here: who may see which is decided above. */
export interface StateStore {
  /** Dapr's words for what it can do. */
  readonly features: ReadonlySet<StateFeature>;
  /** Each key's entry, in order; `undefined` for what is not there or has expired. */
  read(keys: readonly string[], options?: ReadOptions): Promise<(StateEntry | undefined)[]>;
  /**
   * Does each operation by itself; the result has the error of each that failed, in order.
   * A condition that does not hold is `EtagMismatch`. Deleting what is not there is no error, unless an etag was asked for.
   */
  write(operations: readonly StateOperation[], signal?: AbortSignal): Promise<(Error | undefined)[]>;
  /** All or none, in order; rejects with the error of the one that stopped it. */
  transact?(operations: readonly StateOperation[], signal?: AbortSignal): Promise<void>;
  /** Rejects while the server does not answer. */
  ping(signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
