export type RebalanceStrategy = 'range' | 'roundrobin';

export interface Member {
  memberId: string;
  topics: readonly string[];
}

/** Partitions by topic. */
export type Assignment = Map<string, number[]>;

/**
 * Gives each partition to one member that subscribes to its topic, by the rule that Kafka's clients know under the strategy's name.
 * Every member computes the same from the same, so that any of them may lead.
 */
export function assignPartitions(
  strategy: RebalanceStrategy,
  members: readonly Member[],
  partitionCounts: ReadonlyMap<string, number>,
): Map<string, Assignment> {
  const sorted = members.toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1));
  const result = new Map<string, Assignment>(sorted.map(({ memberId }) => [memberId, new Map()]));
  const give = (member: Member, topic: string, partition: number): void => {
    const assignment = result.get(member.memberId);
    assignment?.set(topic, [...(assignment.get(topic) ?? []), partition]);
  };
  let turn = 0;
  for (const [topic, count] of [...partitionCounts].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const takers = sorted.filter(({ topics }) => topics.includes(topic));
    for (let partition = 0; partition < count && takers.length > 0; partition++) {
      const index = strategy === 'range' ? rangeIndex(partition, count, takers.length) : turn++ % takers.length;
      const taker = takers[index];
      if (taker !== undefined) give(taker, topic, partition);
    }
  }
  return result;
}

/** Neighbouring partitions go together; the first members have one more where it does not divide. */
function rangeIndex(partition: number, count: number, takers: number): number {
  const least = Math.floor(count / takers);
  const withOneMore = count % takers;
  const inFirst = withOneMore * (least + 1);
  return partition < inFirst ? Math.floor(partition / (least + 1)) : withOneMore + Math.floor((partition - inFirst) / least);
}
