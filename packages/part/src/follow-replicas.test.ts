import { expect, it } from 'vitest';
import { followReplicas } from './follow-replicas.ts';

const none = Buffer.alloc(0);
const tls = { current: () => ({ authority: none, certificate: none, key: none }), subscribe: () => () => undefined };

it('tells of every change among the replicas, keeps the client of each that stays, and of a failed look-up nothing', async () => {
  const answers: (string[] | Error)[] = [['10.0.0.1'], ['10.0.0.1', 'fd00::2'], new Error('no DNS'), ['fd00::2']];
  const asked: string[] = [];
  let made = 0;
  const replicas = followReplicas({
    address: 'pool-replicas.test:9443',
    serverName: 'pool.test',
    tls,
    everyMs: 1,
    client: () => ({ number: ++made }),
    resolve: async (host) => {
      asked.push(host);
      const next = answers.length > 1 ? answers.shift() : answers[0];
      if (next instanceof Error || next === undefined) throw next;
      return next;
    },
  });
  const seen: number[][] = [];
  const stop = new AbortController();
  for await (const present of replicas(stop.signal)) {
    seen.push(present.map(({ number }) => number));
    if (seen.length === 3) break;
  }
  expect(seen).toEqual([[1], [1, 2], [2]]);
  expect(new Set(asked)).toEqual(new Set(['pool-replicas.test']));
});
