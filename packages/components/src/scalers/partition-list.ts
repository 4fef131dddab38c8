import type { Parser } from '../metadata/parsers.ts';

const mostPartitions = 100_000;

/** KEDA's form of partitions, `1,2,10-20`. */
export const partitionList: Parser<ReadonlySet<number>> = {
  says: 'partitions such as "1,2,10-20"',
  parse: (value) => {
    const partitions = new Set<number>();
    for (const part of value.split(',')) {
      const [, first, last = first] = /^\s*(\d{1,9})\s*(?:-\s*(\d{1,9})\s*)?$/.exec(part) ?? [];
      const [from, to] = [Number(first), Number(last)];
      // Written ranges are short and what they stand for is not.
      if (first === undefined || to < from || to - from + partitions.size > mostPartitions) return undefined;
      for (let partition = from; partition <= to; partition++) partitions.add(partition);
    }
    return partitions;
  },
};
