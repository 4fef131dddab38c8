import { afterEach, beforeEach, expect, it } from 'vitest';
import type { SecretStore } from './secret-store.ts';

/** What every secret store does, given one that holds the secret `plain` with the value `one` and nothing named `absent`. */
export function secretStoreConformance(open: () => Promise<SecretStore>): void {
  let store: SecretStore;
  beforeEach(async () => {
    store = await open();
  });
  afterEach(async () => store.close());

  it('gives a secret by its name', async () => {
    expect(Object.values((await store.get('plain')) ?? {})).toEqual(['one']);
  });

  it.each(['absent', '', '..', '../plain', '__proto__', 'constructor', 'toString', 'plain\0'])('has no secret %j', async (name) => {
    expect(await store.get(name)).toBeUndefined();
  });

  it('gives all, each as it is given alone', async () => {
    const all = await store.getAll();
    expect(all['plain']).toEqual(await store.get('plain'));
  });

  it('says that it is well', async () => {
    await expect(store.ping()).resolves.toBeUndefined();
  });
}
