import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { LockStore } from './lock-store.ts';

/** What every lock store does. */
export function lockConformance(open: () => Promise<LockStore>): void {
  let store: LockStore;
  let other: LockStore;
  let resource: string;
  beforeEach(async () => {
    [store, other] = await Promise.all([open(), open()]);
    resource = randomUUID();
  });
  afterEach(async () => void (await Promise.all([store.close(), other.close()])));

  it('gives a lock to one owner, and to the next when it is released', async () => {
    expect(await store.tryLock({ resource, owner: 'a', expirySeconds: 60 })).toBe(true);
    expect(await other.tryLock({ resource, owner: 'b', expirySeconds: 60 })).toBe(false);
    expect(await store.tryLock({ resource, owner: 'a', expirySeconds: 60 })).toBe(false);
    expect(await other.unlock({ resource, owner: 'b' })).toBe('belongs-to-others');
    expect(await store.unlock({ resource, owner: 'a' })).toBe('success');
    expect(await store.unlock({ resource, owner: 'a' })).toBe('does-not-exist');
    expect(await other.tryLock({ resource, owner: 'b', expirySeconds: 60 })).toBe(true);
  });

  it('gives it to one of many that ask at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? store : other).tryLock({ resource, owner: String(index), expirySeconds: 60 }),
      ),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
  });

  it('lets it fall when its time is over', async () => {
    await store.tryLock({ resource, owner: 'a', expirySeconds: 1 });
    await vi.waitFor(async () => expect(await other.tryLock({ resource, owner: 'b', expirySeconds: 60 })).toBe(true), {
      timeout: 5_000,
      interval: 50,
    });
    expect(await store.unlock({ resource, owner: 'a' })).toBe('belongs-to-others');
  });

  it('says that it is well', async () => {
    await expect(store.ping()).resolves.toBeUndefined();
  });
}
