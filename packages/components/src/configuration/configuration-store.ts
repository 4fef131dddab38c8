export interface ConfigurationItem {
  value: string;
  version: string;
  metadata: Record<string, string>;
}

export type ConfigurationItems = Record<string, ConfigurationItem>;

export interface ConfigurationStore {
  /** All items when no key is named; what does not exist is left out. */
  get(keys: readonly string[], metadata?: Record<string, string>, signal?: AbortSignal): Promise<ConfigurationItems>;
  /** Tells what changes from now on; an item that went away has an empty value. Calls come one after the other. */
  subscribe(options: {
    keys: readonly string[];
    metadata?: Record<string, string>;
    onChange(items: ConfigurationItems): Promise<void> | void;
    signal?: AbortSignal;
  }): Promise<{ close(): Promise<void> }>;
  ping(signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
