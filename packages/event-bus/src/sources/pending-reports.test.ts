import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { SourceMetric } from '@openfunction/protocol';
import { pendingReports } from './pending-reports.ts';

const metrics = (value: number): SourceMetric[] => [{ name: 'm', value, target: 1, isTotal: false, isActive: value > 0, failures: 0 }];
const open = (): AbortSignal => new AbortController().signal;

it('says the newest of each, once', async () => {
  const reports = pendingReports();
  const read = reports.read(open());
  reports.set('a', metrics(1));
  reports.set('a', metrics(2));
  reports.set('b', metrics(3));
  const first = await read.next();
  expect(first.value).toEqual({
    servings: [
      { serving: 'a', metrics: metrics(2) },
      { serving: 'b', metrics: metrics(3) },
    ],
  });
  const next = read.next();
  reports.set('b', metrics(4));
  expect((await next).value).toEqual({ servings: [{ serving: 'b', metrics: metrics(4) }] });
});

it('says that one is measured no more, and nothing of what another replica measures', async () => {
  const reports = pendingReports();
  reports.set('gone', metrics(1));
  reports.set('left', metrics(1));
  const read = reports.read(open());
  await read.next();
  reports.leave('left');
  reports.remove('gone');
  reports.remove('never known');
  expect((await read.next()).value).toEqual({ servings: [{ serving: 'gone', metrics: [] }] });
});

it('says all again to whoever begins to listen, and nothing more to who listened before', async () => {
  const reports = pendingReports();
  reports.set('a', metrics(1));
  const before = reports.read(open());
  await before.next();
  const waits = before.next();
  const now = reports.read(open());
  expect((await now.next()).value).toEqual({ servings: [{ serving: 'a', metrics: metrics(1) }] });
  expect(await waits).toEqual({ done: true, value: undefined });
  const next = now.next();
  reports.set('a', metrics(2));
  expect((await next).value).toEqual({ servings: [{ serving: 'a', metrics: metrics(2) }] });
});

it('ends with its signal', async () => {
  const ending = new AbortController();
  const next = pendingReports().read(ending.signal).next();
  ending.abort();
  expect(await next).toEqual({ done: true, value: undefined });
});

it('leaves whoever reads to the end with what is true, however changes and streams come', async () => {
  const change = fc.record({
    what: fc.constantFrom('set', 'remove', 'read', 'listen'),
    serving: fc.constantFrom('a', 'b', 'c'),
    value: fc.nat({ max: 9 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 40 }), async (changes) => {
      const reports = pendingReports();
      const truth = new Map<string, SourceMetric[]>();
      const heard = new Map<string, readonly SourceMetric[]>();
      const hear = async (): Promise<void> => {
        for (const { serving, metrics: said } of (await read.next()).value?.servings ?? []) {
          if (said.length === 0) heard.delete(serving);
          else heard.set(serving, said);
        }
      };
      let read = reports.read(open());
      const end = [
        { what: 'listen', serving: '', value: 0 },
        { what: 'read', serving: '', value: 0 },
      ];
      for (const [at, { what, serving, value }] of [...changes, ...end].entries()) {
        if (what === 'set') {
          truth.set(serving, metrics(value));
          reports.set(serving, metrics(value));
        } else if (what === 'remove') {
          truth.delete(serving);
          reports.remove(serving);
        } else if (what === 'listen') {
          heard.clear();
          read = reports.read(open());
        } else {
          // So that there is always something to hear.
          truth.set('always', metrics(at));
          reports.set('always', metrics(at));
          await hear();
          expect(heard).toEqual(truth);
        }
      }
    }),
  );
});
