import type { KubeObject } from '@openfunction/resources';
import { StoreError, type WatchEvent } from '@openfunction/store';
import { describe, expect, it } from 'vitest';
import { backoffMs } from './backoff.ts';
import { inform, type InformerOptions, type InformerSource } from './informer.ts';
import { parseEvent } from './kube-store.ts';
import { manualClock, type ManualClock } from './manual-clock.ts';

type Reply = WatchEvent<KubeObject> | Error | 'silence' | 'end';

function thing(name: string, resourceVersion: string, uid = name): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'n', uid, resourceVersion } };
}

/** Plays lists and watches in turn; the last of each is repeated. */
function source(
  lists: (KubeObject[] | Error)[],
  watches: Reply[][],
): InformerSource<KubeObject> & { watchedFrom: string[]; listed: number } {
  const played = {
    listed: 0,
    watchedFrom: [] as string[],
    list: async () => {
      const reply = lists[Math.min(played.listed, lists.length - 1)]!;
      played.listed += 1;
      if (reply instanceof Error) throw reply;
      return { items: reply, resourceVersion: `list${played.listed}` };
    },
    watch: async function* watch(resourceVersion: string, signal: AbortSignal): AsyncGenerator<WatchEvent<KubeObject>> {
      const replies = watches[Math.min(played.watchedFrom.length, watches.length - 1)]!;
      played.watchedFrom.push(resourceVersion);
      for (const reply of replies) {
        if (reply instanceof Error) throw reply;
        if (reply === 'end') return;
        if (reply === 'silence') await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
        else yield reply;
      }
    },
  };
  return played;
}

async function collect(
  from: InformerSource<KubeObject>,
  clock: ManualClock,
  forMs: number,
  options: Partial<InformerOptions> = {},
): Promise<string[]> {
  const seen: string[] = [];
  const stop = new AbortController();
  const reading = (async () => {
    for await (const event of inform(from, { signal: stop.signal, clock, random: () => 0.5, ...options })) {
      if (event.type !== 'BOOKMARK') seen.push(`${event.type} ${event.object.metadata.name}`);
    }
  })();
  await clock.advance(forMs);
  stop.abort();
  await reading;
  return seen;
}

describe('inform', () => {
  it('goes on from the last version when the connection drops', async () => {
    const from = source([[]], [[{ type: 'ADDED', object: thing('a', '5') }, new StoreError('Unavailable', 'reset')], ['silence']]);
    expect(await collect(from, manualClock(), 5_000)).toEqual(['ADDED a']);
    expect(from).toMatchObject({ listed: 1, watchedFrom: ['list1', '5'] });
  });

  it('tells what vanished while it could not see, after a 410 (K4)', async () => {
    const from = source(
      [
        [thing('a', '1'), thing('b', '2')],
        [thing('b', '2'), thing('c', '3')],
      ],
      [[new StoreError('Expired', 'too old')], ['silence']],
    );
    expect(await collect(from, manualClock(), 5_000)).toEqual(['ADDED a', 'ADDED b', 'DELETED a', 'ADDED c']);
  });

  it('tells a re-created object as deleted and added', async () => {
    const from = source([[thing('a', '1', 'old')], [thing('a', '9', 'new')]], [[new StoreError('Expired', 'too old')], ['silence']]);
    expect(await collect(from, manualClock(), 5_000)).toEqual(['ADDED a', 'DELETED a', 'ADDED a']);
  });

  it('drops duplicates (K4)', async () => {
    const from = source(
      [[thing('a', '1')]],
      [[{ type: 'ADDED', object: thing('a', '1') }, { type: 'DELETED', object: thing('x', '4') }, 'silence']],
    );
    expect(await collect(from, manualClock(), 1_000)).toEqual(['ADDED a']);
  });

  it('connects anew when a watch falls silent', async () => {
    const from = source([[]], [['silence'], [{ type: 'ADDED', object: thing('a', '5') }, 'silence']]);
    expect(await collect(from, manualClock(), 95_000)).toEqual(['ADDED a']);
    expect(from.listed).toBe(1);
  });

  it('finds by its periodic list what the watch never told', async () => {
    const from = source([[thing('a', '1')], []], [['silence']]);
    expect(await collect(from, manualClock(), 601_000)).toEqual(['ADDED a', 'DELETED a']);
  });

  it('reports what it cannot read, and lists again', async () => {
    const errors: unknown[] = [];
    const from = source([[], [thing('a', '7')]], [[new SyntaxError('bad line')], ['silence']]);
    expect(await collect(from, manualClock(), 5_000, { onError: (error) => errors.push(error) })).toEqual(['ADDED a']);
    expect(errors).toMatchObject([{ message: 'bad line' }]);
  });

  it('asks ever less often while the server is away (K3)', async () => {
    const from = source([new StoreError('Unavailable', 'down')], [['silence']]);
    await collect(from, manualClock(), 300_000);
    expect(from.listed).toBeLessThan(25);
    expect(from.listed).toBeGreaterThan(8);
  });

  it('does not ask in a tight loop a server that ends every watch at once', async () => {
    const from = source([[]], [['end']]);
    await collect(from, manualClock(), 60_000);
    expect(from.watchedFrom.length).toBeLessThan(15);
  });

  it('leaves the 410 to whoever chose the version', async () => {
    const from = source([[]], [[new StoreError('Expired', 'too old')]]);
    const events = inform(from, { signal: new AbortController().signal, clock: manualClock(), resourceVersion: '3' });
    await expect(events.next()).rejects.toMatchObject({ code: 'Expired' });
  });
});

it('doubles the wait up to half a minute, with jitter', () => {
  expect([0, 1, 2, 30].map((failures) => backoffMs(failures, () => 1))).toEqual([250, 500, 1000, 30_000]);
  expect(backoffMs(0, () => 0)).toBe(125);
});

it('surfaces an error within a watch, and what is no event', () => {
  expect(() => parseEvent('{"type":"ERROR","object":{"code":410,"reason":"Expired","message":"too old"}}')).toThrow('too old');
  expect(() => parseEvent('{"type":"ADDED"}')).toThrow(SyntaxError);
  expect(() => parseEvent('{"type":')).toThrow(SyntaxError);
});
