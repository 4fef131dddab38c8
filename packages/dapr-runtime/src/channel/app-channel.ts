/** How the runtime reaches an app, whatever the protocol. */
export interface AppChannel {
  readonly address: string;
  /** Resolves when the app listens. */
  ready(signal: AbortSignal): Promise<void>;
  call(request: AppRequest, signal: AbortSignal): Promise<AppResponse>;
  /** Answers while the body still comes. */
  stream(request: StreamedRequest, signal: AbortSignal): Promise<StreamedResponse>;
  /** The status of a GET that waits for no turn among other calls. */
  probe(path: string, signal: AbortSignal): Promise<number>;
  close(): Promise<void>;
}

export interface AppRequest {
  method: string;
  /** Encoded, with a leading slash. */
  path: string;
  headers?: Record<string, string>;
  body?: Uint8Array | string;
}

export interface AppResponse {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

export interface StreamedRequest extends Omit<AppRequest, 'body' | 'headers'> {
  headers: Record<string, string | string[]>;
  body?: AsyncIterable<Uint8Array>;
}

export interface StreamedResponse extends Omit<AppResponse, 'body'> {
  body: AsyncIterable<Uint8Array>;
}
