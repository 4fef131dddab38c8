import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ComponentError } from '../component-error.ts';
import type { StateOperation, StateStore } from './state-store.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);
const codeOf = (error: unknown): unknown => (error instanceof ComponentError ? error.code : error);

/** What every state store does. `open` opens one more, over the same data each time within a test. */
export function stateConformance(open: () => Promise<StateStore>): void {
  let store: StateStore;
  let opened: StateStore[] = [];
  const more = async (): Promise<StateStore> => {
    const another = await open();
    opened.push(another);
    return another;
  };
  beforeEach(async () => {
    opened = [];
    store = await more();
  });
  afterEach(async () => {
    await Promise.all(opened.map((each) => each.close()));
  });

  // A server may be shared by the whole run.
  const newKey = (): string => `app||${randomUUID()}`;
  const textOf = async (key: string): Promise<string | undefined> => {
    const [entry] = await store.read([key]);
    return entry === undefined ? undefined : Buffer.from(entry.value).toString();
  };
  const etagOf = async (key: string): Promise<string | undefined> => (await store.read([key]))[0]?.etag;
  const write = async (operation: StateOperation): Promise<unknown> => codeOf((await store.write([operation]))[0]);

  it('gives back what was set, and nothing for what was not', async () => {
    const key = newKey();
    expect(await textOf(key)).toBeUndefined();
    expect(await write({ kind: 'set', key, value: bytes('"one"') })).toBeUndefined();
    expect(await textOf(key)).toBe('"one"');
  });

  it('keeps every byte, and keys of any letters', async () => {
    const value = Uint8Array.from({ length: 512 }, (_, index) => index % 256);
    for (const suffix of ['/a/../b', '||', 'ü漢🙂', "'; --", '%_*?[x]', ' ', 'a'.repeat(1000)]) {
      const key = newKey() + suffix;
      await write({ kind: 'set', key, value });
      const [entry] = await store.read([key]);
      expect(Buffer.from(entry?.value ?? []).equals(value)).toBe(true);
    }
  });

  it('keeps an empty value apart from none', async () => {
    const key = newKey();
    await write({ kind: 'set', key, value: bytes('') });
    expect(await textOf(key)).toBe('');
  });

  it('reads many in the order in which they were asked for, the same key twice too', async () => {
    const [first, second] = [newKey(), newKey()];
    await store.write([
      { kind: 'set', key: first, value: bytes('1') },
      { kind: 'set', key: second, value: bytes('2') },
    ]);
    const read = await store.read([second, newKey(), first, second]);
    expect(read.map((entry) => entry && Buffer.from(entry.value).toString())).toEqual(['2', undefined, '1', '2']);
    expect(await store.read([])).toEqual([]);
  });

  it('shows a write to whoever else has the store open', async () => {
    const key = newKey();
    await write({ kind: 'set', key, value: bytes('seen') });
    const [entry] = await (await more()).read([key]);
    expect(Buffer.from(entry?.value ?? []).toString()).toBe('seen');
  });

  it('deletes, also what is not there', async () => {
    const key = newKey();
    await write({ kind: 'set', key, value: bytes('1') });
    expect(await write({ kind: 'delete', key })).toBeUndefined();
    expect(await textOf(key)).toBeUndefined();
    expect(await write({ kind: 'delete', key })).toBeUndefined();
  });

  it('does each operation of a list by itself, the same key in order', async () => {
    const key = newKey();
    const errors = await store.write([
      { kind: 'set', key, value: bytes('1') },
      { kind: 'delete', key },
      { kind: 'set', key, value: bytes('2') },
    ]);
    expect(errors).toEqual([undefined, undefined, undefined]);
    expect(await textOf(key)).toBe('2');
  });

  describe('etags', () => {
    it('changes the etag with every write', async () => {
      const key = newKey();
      const etags = new Set<string | undefined>();
      for (let turn = 0; turn < 5; turn++) {
        await write({ kind: 'set', key, value: bytes('same') });
        etags.add(await etagOf(key));
      }
      expect(etags.size).toBe(5);
    });

    it('writes with the present etag and refuses an older one', async () => {
      const key = newKey();
      await write({ kind: 'set', key, value: bytes('1') });
      const etag = await etagOf(key);
      expect(await write({ kind: 'set', key, value: bytes('2'), etag })).toBeUndefined();
      expect(await write({ kind: 'set', key, value: bytes('3'), etag })).toBe('EtagMismatch');
      expect(await write({ kind: 'delete', key, etag })).toBe('EtagMismatch');
      expect(await textOf(key)).toBe('2');
      expect(await write({ kind: 'delete', key, etag: await etagOf(key) })).toBeUndefined();
      expect(await textOf(key)).toBeUndefined();
    });

    it('refuses an etag for what is not there', async () => {
      const key = newKey();
      await write({ kind: 'set', key, value: bytes('1') });
      const etag = await etagOf(key);
      await write({ kind: 'delete', key });
      expect(await write({ kind: 'set', key, value: bytes('2'), etag })).toBe('EtagMismatch');
      expect(await write({ kind: 'delete', key, etag })).toBe('EtagMismatch');
      expect(await textOf(key)).toBeUndefined();
    });

    it('refuses an etag of before when the key was deleted and came back', async () => {
      const key = newKey();
      await write({ kind: 'set', key, value: bytes('1') });
      const etag = await etagOf(key);
      await write({ kind: 'delete', key });
      await write({ kind: 'set', key, value: bytes('2') });
      expect(await write({ kind: 'set', key, value: bytes('3'), etag })).toBe('EtagMismatch');
    });

    it('refuses an etag that it cannot have given out', async () => {
      const key = newKey();
      await write({ kind: 'set', key, value: bytes('1') });
      for (const etag of ['*', '', 'x'.repeat(2000), '-1', "1' or '1'='1"])
        expect(['EtagMismatch', 'EtagInvalid']).toContain(await write({ kind: 'set', key, value: bytes('2'), etag }));
      expect(await textOf(key)).toBe('1');
    });

    it('lets one of many writers with the same etag win', async () => {
      const key = newKey();
      await write({ kind: 'set', key, value: bytes('0') });
      const etag = await etagOf(key);
      const stores = await Promise.all(Array.from({ length: 4 }, more));
      const results = await Promise.all(
        Array.from({ length: 20 }, async (_, turn) =>
          codeOf((await (stores[turn % 4] ?? store).write([{ kind: 'set', key, value: bytes(String(turn)), etag }]))[0]),
        ),
      );
      expect(results.filter((result) => result === undefined)).toHaveLength(1);
      expect(results.filter((result) => result === 'EtagMismatch')).toHaveLength(19);
      expect(await textOf(key)).toBe(String(results.indexOf(undefined)));
    });

    it('lets one of many first writers win where no etag is given', async () => {
      const key = newKey();
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, turn) => write({ kind: 'set', key, value: bytes(String(turn)), firstWrite: true })),
      );
      expect(results.filter((result) => result === undefined)).toHaveLength(1);
      expect(results.filter((result) => result === 'EtagMismatch')).toHaveLength(19);
    });

    it('loses none of many increments that read, add and write with the etag', async () => {
      const key = newKey();
      await write({ kind: 'set', key, value: bytes('0') });
      const increment = async (): Promise<void> => {
        for (;;) {
          const [entry] = await store.read([key]);
          const next = String(Number(Buffer.from(entry?.value ?? []).toString()) + 1);
          if ((await write({ kind: 'set', key, value: bytes(next), etag: entry?.etag })) === undefined) return;
        }
      };
      await Promise.all(Array.from({ length: 10 }, increment));
      expect(await textOf(key)).toBe('10');
    });
  });

  describe('times to live', () => {
    it('lets an entry go when its time is over', async () => {
      const key = newKey();
      await write({ kind: 'set', key, value: bytes('1'), ttlSeconds: 1 });
      expect(await textOf(key)).toBe('1');
      await vi.waitFor(async () => expect(await textOf(key)).toBeUndefined(), { timeout: 5_000, interval: 50 });
    });

    it('takes the time away when the next write has none', async () => {
      const [key, marker] = [newKey(), newKey()];
      await write({ kind: 'set', key, value: bytes('1'), ttlSeconds: 1 });
      await write({ kind: 'set', key, value: bytes('2') });
      await write({ kind: 'set', key: marker, value: bytes('1'), ttlSeconds: 1 });
      await vi.waitFor(async () => expect(await textOf(marker)).toBeUndefined(), { timeout: 5_000, interval: 50 });
      expect(await textOf(key)).toBe('2');
    });

    it('raises nothing from the dead: an etag of what expired does not write', async () => {
      const key = newKey();
      await write({ kind: 'set', key, value: bytes('1'), ttlSeconds: 1 });
      const etag = await etagOf(key);
      await vi.waitFor(async () => expect(await textOf(key)).toBeUndefined(), { timeout: 5_000, interval: 50 });
      expect(await write({ kind: 'set', key, value: bytes('2'), etag })).toBe('EtagMismatch');
      expect(await textOf(key)).toBeUndefined();
      expect(await write({ kind: 'set', key, value: bytes('3'), firstWrite: true })).toBeUndefined();
    });

    it('takes a time of thousands of years', async () => {
      const key = newKey();
      expect(await write({ kind: 'set', key, value: bytes('1'), ttlSeconds: 1e11 })).toBeUndefined();
      expect(await textOf(key)).toBe('1');
    });
  });

  describe('transactions', () => {
    const transact = async (operations: StateOperation[]): Promise<unknown> => {
      if (store.transact === undefined) throw new Error('this store has no transactions');
      return store.transact(operations).then(() => undefined, codeOf);
    };

    it('does all, in order', async () => {
      const [key, other] = [newKey(), newKey()];
      await write({ kind: 'set', key: other, value: bytes('old') });
      const operations: StateOperation[] = [
        { kind: 'set', key, value: bytes('1') },
        { kind: 'delete', key: other },
        { kind: 'set', key, value: bytes('2') },
      ];
      expect(await transact(operations)).toBeUndefined();
      expect([await textOf(key), await textOf(other)]).toEqual(['2', undefined]);
    });

    it('does none when one may not be done', async () => {
      const [key, other] = [newKey(), newKey()];
      await write({ kind: 'set', key, value: bytes('old') });
      await write({ kind: 'set', key: other, value: bytes('old') });
      const stale = await etagOf(other);
      await write({ kind: 'set', key: other, value: bytes('newer') });
      const operations: StateOperation[] = [
        { kind: 'set', key, value: bytes('new') },
        { kind: 'delete', key },
        { kind: 'set', key: other, value: bytes('new'), etag: stale },
      ];
      expect(await transact(operations)).toBe('EtagMismatch');
      expect([await textOf(key), await textOf(other)]).toEqual(['old', 'newer']);
    });

    it('takes an empty one', async () => {
      expect(await transact([])).toBeUndefined();
    });
  });

  it('says that it is well while it is open', async () => {
    await expect(store.ping()).resolves.toBeUndefined();
  });
}
