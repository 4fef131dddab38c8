export interface PartitionOffsets {
  topic: string;
  partition: number;
  /** What the group has committed; below zero where it has not committed anything. */
  committed: bigint;
  /** The offset of the next message. */
  end: bigint;
}

export interface LagRules {
  lagThreshold: number;
  offsetResetPolicy: 'latest' | 'earliest';
  allowIdleConsumers: boolean;
  scaleToZeroOnInvalidOffset: boolean;
  excludePersistentLag: boolean;
  limitToPartitionsWithLag: boolean;
  ensureEvenDistributionOfPartitions: boolean;
}

/** Committed offsets by topic and partition, as of the reading before. */
export type Committed = ReadonlyMap<string, bigint>;

export const partitionKey = ({ topic, partition }: Pick<PartitionOffsets, 'topic' | 'partition'>): string => `${topic}/${partition}`;

/** KEDA's arithmetic. `value` is what to scale on; `waiting` also has what `excludePersistentLag` leaves out, and wakes. */
export function kafkaLag(partitions: readonly PartitionOffsets[], before: Committed, rules: LagRules): { value: number; waiting: number } {
  const lags = partitions.map((offsets) => {
    const lag = lagOf(offsets, rules);
    return { lag, counted: rules.excludePersistentLag && isStuck(offsets, before) ? 0 : lag };
  });
  const sum = lags.reduce((total, { counted }) => total + counted, 0);
  const withLag = lags.filter(({ counted }) => counted > 0).length;
  return {
    value: limited(sum, { partitions: partitions.length, withLag }, rules),
    waiting: lags.reduce((total, { lag }) => total + lag, 0),
  };
}

function lagOf({ committed, end }: PartitionOffsets, { offsetResetPolicy, scaleToZeroOnInvalidOffset }: LagRules): number {
  if (committed >= 0n) return Number(end > committed ? end - committed : 0n);
  if (scaleToZeroOnInvalidOffset) return 0;
  // With `latest` nobody knows what a consumer will miss, so that one is kept for the partition until it has committed.
  return offsetResetPolicy === 'latest' ? 1 : Number(end);
}

function isStuck(offsets: PartitionOffsets, before: Committed): boolean {
  return offsets.committed >= 0n && before.get(partitionKey(offsets)) === offsets.committed;
}

function limited(lag: number, count: { partitions: number; withLag: number }, rules: LagRules): number {
  const { lagThreshold, allowIdleConsumers, limitToPartitionsWithLag, ensureEvenDistributionOfPartitions: isEven } = rules;
  if (lag === 0 || (allowIdleConsumers && !limitToPartitionsWithLag && !isEven)) return lag;
  const most = limitToPartitionsWithLag ? count.withLag : count.partitions;
  return Math.min(isEven ? evenConsumers(lag, count.partitions, lagThreshold) * lagThreshold : lag, most * lagThreshold);
}

/** The least number of consumers that is enough and that each have as many partitions as the others. */
function evenConsumers(lag: number, partitions: number, lagThreshold: number): number {
  for (let consumers = 1; consumers < partitions; consumers++)
    if (partitions % consumers === 0 && consumers * lagThreshold >= lag) return consumers;
  return partitions;
}
