import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kafkaLag, partitionKey, type LagRules, type PartitionOffsets } from './kafka-lag.ts';

const rules: LagRules = {
  lagThreshold: 10,
  offsetResetPolicy: 'latest',
  allowIdleConsumers: false,
  scaleToZeroOnInvalidOffset: false,
  excludePersistentLag: false,
  limitToPartitionsWithLag: false,
  ensureEvenDistributionOfPartitions: false,
};
const nothing = new Map<string, bigint>();

/** Partitions of one topic; a lag of -1 is a partition of which the group has committed nothing, at the end 50. */
const topic = (...lags: number[]): PartitionOffsets[] =>
  lags.map((lag, partition) => ({
    topic: 't',
    partition,
    ...(lag < 0 ? { committed: -1n, end: 50n } : { committed: 100n, end: 100n + BigInt(lag) }),
  }));

describe('kafkaLag', () => {
  it.each<[string, number[], Partial<LagRules>, { value: number; waiting: number }]>([
    ['sums the partitions', [3, 0, 4], {}, { value: 7, waiting: 7 }],
    ['scales to no more than the partitions', [500, 0], {}, { value: 20, waiting: 500 }],
    ['also between two instances', [25, 0], {}, { value: 20, waiting: 25 }],
    ['lets consumers be idle', [500, 0], { allowIdleConsumers: true }, { value: 500, waiting: 500 }],
    ['scales to the partitions with lag', [500, 0, 0], { limitToPartitionsWithLag: true }, { value: 10, waiting: 500 }],
    ['keeps one for a partition without an offset', [-1, -1], {}, { value: 2, waiting: 2 }],
    ['begins at the first offset', [-1, 0, 0, 0, 0, 0], { offsetResetPolicy: 'earliest' }, { value: 50, waiting: 50 }],
    ['lets a partition without an offset go', [-1, 2], { scaleToZeroOnInvalidOffset: true }, { value: 2, waiting: 2 }],
    ['has nothing where there is nothing', [], {}, { value: 0, waiting: 0 }],
    ['takes 1 of 10 evenly', [10, ...Array<number>(9).fill(0)], { ensureEvenDistributionOfPartitions: true }, { value: 10, waiting: 10 }],
    ['takes 2 of 10 evenly', [11, ...Array<number>(9).fill(0)], { ensureEvenDistributionOfPartitions: true }, { value: 20, waiting: 11 }],
    ['takes 5 of 10 evenly', [21, ...Array<number>(9).fill(0)], { ensureEvenDistributionOfPartitions: true }, { value: 50, waiting: 21 }],
    ['takes 10 of 10 evenly', [51, ...Array<number>(9).fill(0)], { ensureEvenDistributionOfPartitions: true }, { value: 100, waiting: 51 }],
    ['takes none evenly', Array<number>(10).fill(0), { ensureEvenDistributionOfPartitions: true }, { value: 0, waiting: 0 }],
  ])('%s', (_what, lags, more, expected) => {
    expect(kafkaLag(topic(...lags), nothing, { ...rules, ...more })).toEqual(expected);
  });

  it('leaves out what has not moved since the reading before, and goes on waiting for it', () => {
    const partitions = topic(5, 6);
    const [stuck] = partitions;
    const before = new Map(stuck === undefined ? [] : [[partitionKey(stuck), stuck.committed]]);
    expect(kafkaLag(partitions, before, { ...rules, excludePersistentLag: true })).toEqual({ value: 6, waiting: 11 });
    expect(kafkaLag(partitions, before, rules)).toEqual({ value: 11, waiting: 11 });
  });

  it('has no lag where a topic was made anew and is behind what was committed', () => {
    expect(kafkaLag([{ topic: 't', partition: 0, committed: 90n, end: 3n }, ...topic(2)], nothing, rules).value).toBe(2);
  });

  it('never wants more instances than it may, nor fewer than none', () => {
    const partition = fc.integer({ min: -1, max: 1e6 });
    const flags = fc.record({ limitToPartitionsWithLag: fc.boolean(), ensureEvenDistributionOfPartitions: fc.boolean() });
    fc.assert(
      fc.property(fc.array(partition, { maxLength: 40 }), fc.integer({ min: 1, max: 1000 }), flags, (lags, lagThreshold, more) => {
        const { value, waiting } = kafkaLag(topic(...lags), nothing, { ...rules, ...more, lagThreshold });
        const withLag = lags.filter((lag) => lag !== 0).length;
        const instances = Math.ceil(value / lagThreshold);
        expect(instances).toBeLessThanOrEqual(more.limitToPartitionsWithLag ? withLag : lags.length);
        expect(instances > 0).toBe(waiting > 0);
        if (more.ensureEvenDistributionOfPartitions && !more.limitToPartitionsWithLag && instances > 0)
          expect(lags.length % instances).toBe(0);
      }),
    );
  });
});
