/** What a call says beside its messages; names in lower case. What came several times is joined by commas. */
export type CallHeaders = Readonly<Record<string, string>>;

/** Carries encoded messages of one call each way. The iteration of the answer throws an RpcError when the call fails. */
export interface Transport {
  call(path: string, requests: AsyncIterable<Uint8Array>, signal: AbortSignal, headers?: CallHeaders): AsyncIterable<Uint8Array>;
  close(): void;
}

/** Headers come over gRPC alone. */
export type Handler = (requests: AsyncIterable<Uint8Array>, signal: AbortSignal, headers?: CallHeaders) => AsyncIterable<Uint8Array>;

/** The methods of a service by their path, `/package.Service/Method`. */
export interface Service {
  readonly methods: ReadonlyMap<string, Handler>;
}
