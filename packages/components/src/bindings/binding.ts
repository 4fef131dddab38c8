import type { ReadOptions, Subscription } from '../delivery/delivery.ts';

export interface BindingRequest {
  operation: string;
  data: Uint8Array;
  metadata: Record<string, string>;
}

export interface BindingResponse {
  data?: Uint8Array;
  contentType?: string;
  metadata?: Record<string, string>;
}

export interface OutputBinding {
  readonly operations: readonly string[];
  invoke(request: BindingRequest, signal?: AbortSignal): Promise<BindingResponse>;
}

export interface InputBinding {
  read(options: ReadOptions): Promise<Subscription>;
}

/** It has an input, an output, or both. */
export interface Binding {
  readonly input?: InputBinding;
  readonly output?: OutputBinding;
  ping(signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
