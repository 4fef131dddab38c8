export type Endpoint = { kind: 'unix'; path: string } | { kind: 'tcp'; host: string; port: number };

/** Slots of one instance, for this gateway. The newest replaces the one before; 0 slots revokes. */
export interface Grant {
  kind: 'grant';
  /** namespace/name */
  serving: string;
  instance: string;
  endpoint: Endpoint;
  slots: number;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

/** No instance can be had now: who waits for the Serving gets this code and sentence. */
export interface Refusal {
  kind: 'refusal';
  serving: string;
  code: string;
  message: string;
  retryAfterSeconds: number;
}

/** An instance is being loaded for who waits: a connection can be opened meanwhile, and used once its grant has come. */
export interface Dial {
  kind: 'dial';
  instance: string;
  endpoint: Endpoint;
}

/** Whether a scheduler can be reached. */
export interface Link {
  kind: 'link';
  isUp: boolean;
}

/** A grant that is in use. */
export type Held = Omit<Grant, 'kind'>;

export interface ServingLoad {
  serving: string;
  inFlight: number;
  /** Time-weighted mean of in flight and waiting since the last report. */
  averageConcurrency: number;
  requests: number;
  /** Milliseconds that the mean and the count are of. */
  overMs: number;
  instances: { instance: string; inFlight: number; failures: number }[];
}

/** What the gateway needs from whoever decides how many instances there are. */
export interface Activator {
  /** Repeated as it changes. */
  demand(serving: string, waiting: number): void;
  /** `held` tells a scheduler that may have begun anew what it granted before. */
  grants(signal: AbortSignal, held: () => Held[]): AsyncIterable<Grant | Refusal | Dial | Link>;
  report(loads: ServingLoad[]): void;
}
