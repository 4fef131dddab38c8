export interface SecretStore {
  /** A secret's keys and values; `undefined` when it does not exist. */
  get(name: string, metadata?: Record<string, string>, signal?: AbortSignal): Promise<Record<string, string> | undefined>;
  getAll(metadata?: Record<string, string>, signal?: AbortSignal): Promise<Record<string, Record<string, string>>>;
  ping(signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
