import type { Instance, Workloads } from '@openfunction/workload';
import type { Timers } from '../timers.ts';

/** All instances, in memory: a claim reads nothing else. */
export interface InstanceView {
  get(id: string): Instance | undefined;
  all(): Iterable<Instance>;
  /** False until the instances were listed once. */
  isComplete(): boolean;
  /** Lists again; many calls at one time make one more list. */
  refresh(): void;
  /** Refreshes with every hint, until the signal of the timers. */
  follow(): Promise<void>;
}

const gapMs = 5;

/** Keeps the view current by lists, which hints make due; `onList` is called after each. */
export function instanceView(workloads: Pick<Workloads, 'list' | 'watch'>, timers: Timers, onList: () => void): InstanceView {
  let present = new Map<string, Instance>();
  let complete = false;
  let due = false;
  let listing = false;

  async function list(): Promise<void> {
    listing = true;
    try {
      while (due && !timers.signal.aborted) {
        due = false;
        const began = performance.now();
        present = new Map((await workloads.list()).map((instance) => [instance.id, instance]));
        complete = true;
        onList();
        // Lists take a quarter of the time at most, however many hints there are.
        if (due) await timers.sleep(Math.max(gapMs, 3 * (performance.now() - began)));
      }
    } finally {
      listing = false;
    }
  }
  function refresh(): void {
    due = true;
    if (!listing) timers.background('Listing the instances', list());
  }

  return {
    get: (id) => present.get(id),
    all: () => present.values(),
    isComplete: () => complete,
    refresh,
    follow: async () => {
      refresh();
      for await (const _hint of workloads.watch(timers.signal)) refresh();
    },
  };
}
