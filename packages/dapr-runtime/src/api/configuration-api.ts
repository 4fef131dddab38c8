import { randomUUID } from 'node:crypto';
import type { ConfigurationItems } from '@openfunction/components';
import type { AppComponents } from '../app/app-components.ts';
import { ApiError } from './api-error.ts';
import { componentFailure } from './component-failure.ts';
import { findComponent } from './find-component.ts';

export interface ConfigurationChange {
  id: string;
  store: string;
  items: ConfigurationItems;
}

export interface ConfigurationApi {
  get(store: string, keys: readonly string[], metadata?: Record<string, string>, signal?: AbortSignal): Promise<ConfigurationItems>;
  /** The id that ends it. */
  subscribe(options: {
    store: string;
    keys: readonly string[];
    metadata?: Record<string, string>;
    onChange(change: ConfigurationChange): Promise<void> | void;
  }): Promise<string>;
  unsubscribe(store: string, id: string): Promise<void>;
  close(): Promise<void>;
}

const missing = {
  notConfigured: 'ERR_CONFIGURATION_STORE_NOT_CONFIGURED',
  notFound: 'ERR_CONFIGURATION_STORE_NOT_FOUND',
  what: 'configuration store',
} as const;
const mostSubscriptions = 1000;

export function configurationApi(components: AppComponents): ConfigurationApi {
  const open = new Map<string, { store: string; close(): Promise<void> }>();
  const storeOf = (store: string) => findComponent(components, 'configuration', store, missing).component;
  return {
    get: async (store, keys, metadata, signal) => {
      try {
        return await storeOf(store).get(keys, metadata, signal);
      } catch (error) {
        throw componentFailure('ERR_CONFIGURATION_GET', error);
      }
    },
    subscribe: async ({ store, keys, metadata, onChange }) => {
      const component = storeOf(store);
      if (open.size >= mostSubscriptions)
        throw new ApiError(
          'ERR_CONFIGURATION_SUBSCRIBE',
          `This app has ${mostSubscriptions} subscriptions to configuration already. End some.`,
        );
      const id = randomUUID();
      try {
        const subscription = await component.subscribe({
          keys,
          metadata: metadata ?? {},
          onChange: (items) => onChange({ id, store, items }),
        });
        open.set(id, { store, close: () => subscription.close() });
      } catch (error) {
        throw componentFailure('ERR_CONFIGURATION_SUBSCRIBE', error);
      }
      return id;
    },
    unsubscribe: async (store, id) => {
      void storeOf(store);
      const subscription = open.get(id);
      if (subscription === undefined || subscription.store !== store)
        throw new ApiError('ERR_CONFIGURATION_UNSUBSCRIBE', 'There is no such subscription to configuration. Has it ended already?');
      open.delete(id);
      await subscription.close();
    },
    close: async () => void (await Promise.allSettled([...open.values()].map((subscription) => subscription.close()))),
  };
}
