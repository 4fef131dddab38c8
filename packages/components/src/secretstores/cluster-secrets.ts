/** The Secrets of a cluster, as whoever runs components in one gives them. */
export interface ClusterSecrets {
  /** The values of a Secret by their keys; `undefined` when there is none. */
  get(namespace: string, name: string, signal?: AbortSignal): Promise<Record<string, string> | undefined>;
  /** All of a namespace, by their names. */
  list(namespace: string, signal?: AbortSignal): Promise<Record<string, Record<string, string>>>;
}
