import type { AppComponents } from '../app/app-components.ts';
import { componentFailure } from './component-failure.ts';
import { findComponent } from './find-component.ts';

export interface SecretApi {
  get(store: string, name: string, metadata?: Record<string, string>, signal?: AbortSignal): Promise<Record<string, string> | undefined>;
  getAll(store: string, metadata?: Record<string, string>, signal?: AbortSignal): Promise<Record<string, Record<string, string>>>;
}

const missing = {
  notConfigured: 'ERR_SECRET_STORES_NOT_CONFIGURED',
  notFound: 'ERR_SECRET_STORE_NOT_FOUND',
  what: 'secret store',
} as const;

export function secretApi(components: AppComponents): SecretApi {
  const failed = (error: unknown): never => {
    throw componentFailure('ERR_SECRET_GET', error);
  };
  return {
    get: async (store, name, metadata, signal) =>
      findComponent(components, 'secretstores', store, missing).component.get(name, metadata, signal).catch(failed),
    getAll: async (store, metadata, signal) =>
      findComponent(components, 'secretstores', store, missing).component.getAll(metadata, signal).catch(failed),
  };
}
