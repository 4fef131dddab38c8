import type { UnlockResult } from '@openfunction/components';
import { ApiError } from '../api/api-error.ts';
import type { LockApi } from '../api/lock-api.ts';
import { json, jsonObject, type HttpCall, type HttpHandler } from './http-exchange.ts';

const unlockStatus: Record<UnlockResult, number> = { success: 0, 'does-not-exist': 1, 'belongs-to-others': 2 };

/** `/v1.0-alpha1/lock/<store>`. */
export function lockRoutes(locks: LockApi): HttpHandler {
  return async (call) => {
    const { resourceId, lockOwner, expiryInSeconds } = await requestOf(call);
    return json({ success: await locks.tryLock(storeOf(call), { resourceId, lockOwner, expiryInSeconds }, call.signal) });
  };
}

/** `/v1.0-alpha1/unlock/<store>`. */
export function unlockRoutes(locks: LockApi): HttpHandler {
  return async (call) => json({ status: unlockStatus[await locks.unlock(storeOf(call), await requestOf(call), call.signal)] });
}

function storeOf({ method, rest }: HttpCall): string {
  const [store = '', ...more] = rest;
  if (method === 'POST' && more.length === 0) return store;
  throw new ApiError(
    'ERR_NOT_FOUND',
    'Locks are taken and released by POST at /v1.0-alpha1/lock/<store> and /unlock/<store>. Correct the request.',
  );
}

async function requestOf(call: HttpCall): Promise<{ resourceId: string; lockOwner: string; expiryInSeconds: number }> {
  const { resourceId = '', lockOwner = '', expiryInSeconds } = await jsonObject(call);
  if (typeof resourceId !== 'string' || typeof lockOwner !== 'string')
    throw new ApiError('ERR_MALFORMED_REQUEST', 'Fields resourceId and lockOwner must be texts. Correct the body.');
  return { resourceId, lockOwner, expiryInSeconds: Number(expiryInSeconds) };
}
