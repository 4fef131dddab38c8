/** Carries encoded messages of one call each way. The iteration of the answer throws an RpcError when the call fails. */
export interface Transport {
  call(path: string, requests: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncIterable<Uint8Array>;
  close(): void;
}

export type Handler = (requests: AsyncIterable<Uint8Array>, signal: AbortSignal) => AsyncIterable<Uint8Array>;

/** The methods of a service by their path, `/package.Service/Method`. */
export interface Service {
  readonly methods: ReadonlyMap<string, Handler>;
}
