export type UnlockResult = 'success' | 'does-not-exist' | 'belongs-to-others';

export interface LockStore {
  /** Whether `owner` has the lock now; it falls after the seconds. One that the owner has already is not taken twice. */
  tryLock(request: { resource: string; owner: string; expirySeconds: number }, signal?: AbortSignal): Promise<boolean>;
  unlock(request: { resource: string; owner: string }, signal?: AbortSignal): Promise<UnlockResult>;
  ping(signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
