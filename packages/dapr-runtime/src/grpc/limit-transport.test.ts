import { describe, expect, it, vi } from 'vitest';
import { limitTransport } from './limit-transport.ts';

async function* nothing(): AsyncIterable<Uint8Array> {}

describe('limitTransport', () => {
  it('lets so many calls in at once, and the next when one ends, fails or is left', async () => {
    const ends: ((fails: boolean) => void)[] = [];
    let running = 0;
    let most = 0;
    const transport = limitTransport(
      {
        call: async function* () {
          most = Math.max(most, ++running);
          try {
            const fails = await new Promise<boolean>((resolve) => ends.push(resolve));
            if (fails) throw new Error('broken');
            yield new Uint8Array(0);
          } finally {
            running--;
          }
        },
        close: () => {},
      },
      2,
    );
    const call = async (): Promise<string> => {
      try {
        for await (const _answer of transport.call('/x', nothing(), new AbortController().signal)) return 'answered';
        return 'nothing';
      } catch {
        return 'failed';
      }
    };
    const calls = Array.from({ length: 5 }, call);
    for (const fails of [false, true, false, true, false]) {
      await vi.waitFor(() => expect(ends.length).toBeGreaterThan(0));
      ends.shift()?.(fails);
    }
    expect((await Promise.all(calls)).toSorted()).toEqual(['answered', 'answered', 'answered', 'failed', 'failed']);
    expect([most, running]).toEqual([2, 0]);
  });
});
