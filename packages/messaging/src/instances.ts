/** Where an instance takes what callers send it. */
export type InstanceEndpoint = { kind: 'unix'; path: string } | { kind: 'tcp'; host: string; port: number };

/** Instances of functions, for what cannot take the way of requests. */
export interface Instances {
  /**
   * Uses an instance of a Serving (NAMESPACE/NAME) while it is held, and starts one where none runs. What `use` rejects with counts as
   * a failure of the instance.
   */
  withInstance<T>(serving: string, signal: AbortSignal, use: (endpoint: InstanceEndpoint) => Promise<T>): Promise<T>;
}
