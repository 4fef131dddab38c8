import type { Delivery } from '@openfunction/components';
import type { StateItem } from '../api/state-api.ts';

/** What an app may answer to an event of an input binding. */
export interface BindingAnswer {
  storeName?: string;
  state: StateItem[];
  to: string[];
  isParallel: boolean;
  data?: Uint8Array;
}

/** Hands events of input bindings to an app, over whichever protocol. It rejects when the event was not handled. */
export interface BindingHandler {
  /** Whether the app wants events of this path. */
  wants(path: string, signal: AbortSignal): Promise<boolean>;
  handle(path: string, delivery: Delivery, signal: AbortSignal): Promise<BindingAnswer | undefined>;
}
