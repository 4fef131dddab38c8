import { fifo, type Fifo } from './fifo.ts';

/** Entries that wait, one line for each lane, and of those lines that may be handled the one that waited longest first. */
export interface LaneQueue<E extends { lane?: string }> {
  /** Entries that no running entry of their lane is ahead of. */
  readonly handable: number;
  push(entry: E): void;
  /** Entries that were taken come back to the front of their lane, which is free again. */
  restore(entries: readonly E[]): void;
  /** At most so many of what may be handled; their lanes are busy until `free`. */
  take(max: number): E[];
  free(lane: string): void;
  /** Everything that waits in the lane leaves it. */
  withdraw(lane: string): E[];
  clear(): E[];
}

interface Line<E> {
  entries: Fifo<E>;
  isBusy: boolean;
}

export function laneQueue<E extends { lane?: string }>(): LaneQueue<E> {
  const lines = new Map<string, Line<E>>();
  let ready = fifo<Line<E>>();
  let handable = 0;

  function lineOf(lane: string): Line<E> {
    const line = lines.get(lane) ?? { entries: fifo<E>(), isBusy: false };
    lines.set(lane, line);
    return line;
  }

  /** A line without a name is in nobody's way. */
  function loose(entries: readonly E[]): void {
    const line: Line<E> = { entries: fifo<E>(), isBusy: false };
    for (const entry of entries) line.entries.push(entry);
    enter(line);
  }

  function enter(line: Line<E>): void {
    handable += line.entries.size;
    ready.push(line);
  }

  function takeFrom(line: Line<E>, max: number, into: E[]): void {
    handable -= line.entries.size;
    for (let entry = line.entries.shift(); entry !== undefined; entry = into.length < max ? line.entries.shift() : undefined) {
      into.push(entry);
      line.isBusy ||= entry.lane !== undefined;
    }
    if (!line.isBusy && line.entries.size > 0) enter(line);
  }

  function drained(line: Line<E>): E[] {
    const gone: E[] = [];
    for (let entry = line.entries.shift(); entry !== undefined; entry = line.entries.shift()) gone.push(entry);
    return gone;
  }

  function free(lane: string): void {
    const line = lines.get(lane);
    if (line === undefined || !line.isBusy) return;
    line.isBusy = false;
    if (line.entries.size > 0) enter(line);
    else lines.delete(lane);
  }

  return {
    get handable() {
      return handable;
    },
    push: (entry) => {
      if (entry.lane === undefined) return loose([entry]);
      const line = lineOf(entry.lane);
      line.entries.push(entry);
      if (line.isBusy) return;
      if (line.entries.size === 1) enter(line);
      else handable++;
    },
    restore: (entries) => {
      const lane = entries[0]?.lane;
      if (lane === undefined) return loose(entries);
      const line = lineOf(lane);
      const behind = drained(line);
      for (const entry of [...entries, ...behind]) line.entries.push(entry);
      free(lane);
    },
    take: (max) => {
      const taken: E[] = [];
      while (taken.length < max) {
        const line = ready.shift();
        if (line === undefined) break;
        takeFrom(line, max, taken);
      }
      return taken;
    },
    free,
    withdraw: (lane) => {
      const line = lines.get(lane);
      if (line === undefined) return [];
      // An empty line in the row of those that are ready changes nothing there.
      if (!line.isBusy) {
        handable -= line.entries.size;
        lines.delete(lane);
      }
      return drained(line);
    },
    clear: () => {
      const gone: E[] = [];
      for (let line = ready.shift(); line !== undefined; line = ready.shift()) gone.push(...drained(line));
      for (const line of lines.values()) gone.push(...drained(line));
      lines.clear();
      ready = fifo();
      handable = 0;
      return gone;
    },
  };
}
