import type { UnlockResult } from '@openfunction/components';
import type { AppComponents } from '../app/app-components.ts';
import type { AppIdentity } from '../app/app-identity.ts';
import { ApiError } from './api-error.ts';
import { componentFailure } from './component-failure.ts';
import { findComponent } from './find-component.ts';
import { keyPrefix } from './key-prefix.ts';

export interface LockApi {
  tryLock(
    store: string,
    request: { resourceId: string; lockOwner: string; expiryInSeconds: number },
    signal?: AbortSignal,
  ): Promise<boolean>;
  unlock(store: string, request: { resourceId: string; lockOwner: string }, signal?: AbortSignal): Promise<UnlockResult>;
}

const missing = { notConfigured: 'ERR_LOCK_STORE_NOT_CONFIGURED', notFound: 'ERR_LOCK_STORE_NOT_FOUND', what: 'lock store' } as const;

export function lockApi(components: AppComponents, app: AppIdentity): LockApi {
  const target = (name: string, resourceId: string, lockOwner: string) => {
    const { component, runtime } = findComponent(components, 'lock', name, missing);
    for (const [field, value] of Object.entries({ resourceId, lockOwner }))
      if (value === '' || value.includes('||'))
        throw new ApiError('ERR_MALFORMED_REQUEST', `Field ${field} must be a text without "||" that is not empty. Correct it.`);
    return {
      component,
      request: { resource: `lock||${keyPrefix(runtime.keyPrefix, { store: name, app })}${resourceId}`, owner: lockOwner },
    };
  };
  return {
    tryLock: async (store, { resourceId, lockOwner, expiryInSeconds }, signal) => {
      const { component, request } = target(store, resourceId, lockOwner);
      if (!Number.isInteger(expiryInSeconds) || expiryInSeconds <= 0 || expiryInSeconds > 2 ** 31 - 1)
        throw new ApiError('ERR_MALFORMED_REQUEST', 'Field expiryInSeconds must be a whole number above 0. Correct it.');
      try {
        return await component.tryLock({ ...request, expirySeconds: expiryInSeconds }, signal);
      } catch (error) {
        throw componentFailure('ERR_TRY_LOCK', error);
      }
    },
    unlock: async (store, { resourceId, lockOwner }, signal) => {
      const { component, request } = target(store, resourceId, lockOwner);
      try {
        return await component.unlock(request, signal);
      } catch (error) {
        throw componentFailure('ERR_UNLOCK', error);
      }
    },
  };
}
