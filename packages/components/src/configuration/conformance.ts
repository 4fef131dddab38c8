import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ConfigurationItems, ConfigurationStore } from './configuration-store.ts';

export interface ConfigurationUnderTest {
  open(): Promise<ConfigurationStore>;
  /** Writes an item, or takes it away, as somebody else would. */
  put(key: string, value: string | undefined): Promise<void>;
}

const patience = { timeout: 10_000, interval: 20 };

/** What every configuration store does. */
export function configurationConformance(under: ConfigurationUnderTest): void {
  let store: ConfigurationStore;
  beforeEach(async () => {
    store = await under.open();
  });
  afterEach(async () => store.close());

  it('gives the items that were asked for, and leaves out what there is not', async () => {
    const [present, absent] = [randomUUID(), randomUUID()];
    await under.put(present, 'one');
    expect(await store.get([present, absent])).toEqual({ [present]: expect.objectContaining({ value: 'one' }) });
    expect(Object.keys(await store.get([]))).toContain(present);
  });

  it('tells of changes to the items that were asked for, one after the other', async () => {
    const [watched, other] = [randomUUID(), randomUUID()];
    const told: ConfigurationItems[] = [];
    const subscription = await store.subscribe({ keys: [watched], onChange: (items) => void told.push(items) });
    await under.put(other, 'no');
    await under.put(watched, 'one');
    await vi.waitFor(() => expect(told.at(-1)?.[watched]?.value).toBe('one'), patience);
    await under.put(watched, undefined);
    await vi.waitFor(() => expect(told.at(-1)?.[watched]?.value).toBe(''), patience);
    expect(told.flatMap((items) => Object.keys(items))).not.toContain(other);
    await subscription.close();
  });

  it('goes on when who was told fails', async () => {
    const key = randomUUID();
    let calls = 0;
    const subscription = await store.subscribe({
      keys: [key],
      onChange: () => {
        calls++;
        throw new Error('no');
      },
    });
    await under.put(key, 'one');
    await vi.waitFor(() => expect(calls).toBe(1), patience);
    await under.put(key, 'two');
    await vi.waitFor(() => expect(calls).toBe(2), patience);
    await subscription.close();
  });

  it('says that it is well', async () => {
    await expect(store.ping()).resolves.toBeUndefined();
  });
}
