import fc from 'fast-check';
import { expect, it } from 'vitest';
import { laneQueue } from './lane-queue.ts';

interface Entry {
  id: number;
  lane?: string;
}

/** The same, by looking at all that waits each time. */
function model() {
  let waiting: Entry[] = [];
  const busy = new Set<string>();
  const isHandable = ({ lane }: Entry): boolean => lane === undefined || !busy.has(lane);
  return {
    handable: () => waiting.filter(isHandable).length,
    ids: () => waiting.map(({ id }) => id).toSorted((a, b) => a - b),
    push: (entry: Entry) => void waiting.push(entry),
    taken: (entries: Entry[]) => {
      for (const entry of entries) {
        expect(isHandable(entry)).toBe(true);
        // The first of its lane.
        expect(waiting.find(({ lane }) => lane === entry.lane && lane !== undefined)?.id ?? entry.id).toBe(entry.id);
        waiting = waiting.filter(({ id }) => id !== entry.id);
      }
      for (const { lane } of entries) if (lane !== undefined) busy.add(lane);
    },
    restore: (entries: Entry[]) => {
      waiting = [...entries, ...waiting];
      for (const { lane } of entries) if (lane !== undefined) busy.delete(lane);
    },
    free: (lane: string) => void busy.delete(lane),
    withdraw: (lane: string) => {
      waiting = waiting.filter((entry) => entry.lane !== lane);
    },
  };
}

const lane = fc.constantFrom('a', 'b', 'c', undefined);
const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('push' as const), lane }),
    fc.record({ do: fc.constant('take' as const), max: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ do: fc.constantFrom('done' as const, 'again' as const), which: fc.nat() }),
    fc.record({ do: fc.constant('withdraw' as const), lane: fc.constantFrom('a', 'b', 'c') }),
  ),
  { maxLength: 60 },
);

it('hands out what a look at all that waits would allow, the first of each lane first, and loses nothing', () => {
  fc.assert(
    fc.property(steps, (todo) => {
      const queue = laneQueue<Entry>();
      const expected = model();
      const running: Entry[][] = [];
      let next = 0;
      for (const step of todo) {
        if (step.do === 'push') {
          const entry = { id: next++, ...(step.lane === undefined ? {} : { lane: step.lane }) };
          queue.push(entry);
          expected.push(entry);
        } else if (step.do === 'take') {
          const taken = queue.take(step.max);
          expect(taken.length).toBe(Math.min(step.max, expected.handable()));
          expected.taken(taken);
          // As deliveries end: each lane of a batch by itself.
          const byLane = Map.groupBy(taken, (entry) => entry.lane ?? entry.id);
          running.push(...byLane.values());
        } else if (step.do === 'withdraw') {
          expect(queue.withdraw(step.lane).every((entry) => entry.lane === step.lane)).toBe(true);
          expected.withdraw(step.lane);
        } else {
          const [entries = []] = running.splice(step.which % Math.max(1, running.length), 1);
          const of = entries[0]?.lane;
          if (step.do === 'again') {
            if (entries.length > 0) queue.restore(entries);
            expected.restore(entries);
          } else if (of !== undefined) {
            queue.free(of);
            expected.free(of);
          }
        }
        expect(queue.handable).toBe(expected.handable());
      }
      expect(
        queue
          .clear()
          .map(({ id }) => id)
          .toSorted((a, b) => a - b),
      ).toEqual(expected.ids());
    }),
  );
});
