import { manualClock } from '@openfunction/reconcile';
import { beforeEach, describe, expect, it } from 'vitest';
import { testContext } from '../testing/test-context.ts';
import { stateConformance } from './conformance.ts';
import { inMemoryState } from './in-memory.ts';

describe('state.in-memory', () => {
  let shared: Map<string, unknown>;
  beforeEach(() => {
    shared = new Map();
  });
  stateConformance(() => inMemoryState.open(new Map(), testContext({ shared })));

  it('forgets what expired even when nobody asks for it', async () => {
    const clock = manualClock();
    const own = new Map<string, unknown>();
    const store = await inMemoryState.open(new Map(), testContext({ shared: own, clock }));
    await store.write([{ kind: 'set', key: 'a', value: Buffer.from('1'), ttlSeconds: 10 }]);
    clock.advance(120_000);
    await store.write([{ kind: 'set', key: 'b', value: Buffer.from('1') }]);
    const { entries } = own.get('tested') as { entries: Map<string, unknown> };
    expect([...entries.keys()]).toEqual(['b']);
  });

  it('keeps its own copy of a value', async () => {
    const store = await inMemoryState.open(new Map(), testContext({ shared }));
    const value = Buffer.from('before');
    await store.write([{ kind: 'set', key: 'a', value }]);
    value.write('after!');
    expect(Buffer.from((await store.read(['a']))[0]?.value ?? []).toString()).toBe('before');
  });
});
