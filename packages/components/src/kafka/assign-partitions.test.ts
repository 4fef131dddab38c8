import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignPartitions, type Member } from './assign-partitions.ts';

const topics = ['a', 'b', 'c'];

describe('assignPartitions', () => {
  it('gives each partition to exactly one of those that subscribe to its topic, and none of them much more than another', () => {
    const members = fc
      .uniqueArray(fc.string({ minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 })
      .chain((ids) =>
        fc.tuple(...ids.map((memberId) => fc.subarray(topics).map((subscribed): Member => ({ memberId, topics: subscribed })))),
      );
    const counts = fc.tuple(fc.nat(12), fc.nat(12), fc.nat(12));
    fc.assert(
      fc.property(members, counts, fc.constantFrom('range' as const, 'roundrobin' as const), (given, sizes, strategy) => {
        const partitionCounts = new Map(topics.map((topic, index) => [topic, sizes[index] ?? 0]));
        const assigned = assignPartitions(strategy, given, partitionCounts);
        for (const [topic, count] of partitionCounts) {
          const takers = given.filter((member) => member.topics.includes(topic));
          const all = takers.flatMap(({ memberId }) => assigned.get(memberId)?.get(topic) ?? []);
          expect(all.toSorted((x, y) => x - y)).toEqual(takers.length === 0 ? [] : Array.from({ length: count }, (_, index) => index));
          const shares = takers.map(({ memberId }) => assigned.get(memberId)?.get(topic)?.length ?? 0);
          if (takers.length > 0) expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
        }
        for (const { memberId, topics: subscribed } of given)
          for (const topic of assigned.get(memberId)?.keys() ?? []) expect(subscribed).toContain(topic);
      }),
    );
  });

  it('keeps neighbours together by range', () => {
    const members = [
      { memberId: 'm1', topics: ['a'] },
      { memberId: 'm2', topics: ['a'] },
    ];
    const assigned = assignPartitions('range', members, new Map([['a', 5]]));
    expect(assigned.get('m1')?.get('a')).toEqual([0, 1, 2]);
    expect(assigned.get('m2')?.get('a')).toEqual([3, 4]);
  });
});
