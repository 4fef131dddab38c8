import type { ObjectTable } from '@openfunction/store';

export interface CommitQueue {
  /** Runs a write with the others that wait, and settles when it is durable or refused. */
  transact<R>(run: () => R): Promise<R>;
  /** Commits what waits. */
  flush(): void;
}

interface Job {
  run: () => unknown;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

type Outcome = { value: unknown } | { error: unknown };

/** More would keep readers waiting. */
const mostTogether = 256;

/**
 * Group commit: writes that arrive while the disk works on the last ones share one transaction, and so one fsync.
 * None is acknowledged before that. A refused write fails alone; one that breaks half-way takes its group along,
 * since nothing of a broken transaction may stay.
 */
export function commitQueue(table: Pick<ObjectTable, 'transaction' | 'revision'>): CommitQueue {
  let waiting: Job[] = [];
  let scheduled: NodeJS.Immediate | undefined;

  function attempt({ run }: Job): Outcome {
    const before = table.revision();
    try {
      return { value: run() };
    } catch (error) {
      if (table.revision() !== before) throw error;
      return { error };
    }
  }

  function commit(jobs: readonly Job[]): void {
    let outcomes: Outcome[];
    try {
      outcomes = table.transaction(() => jobs.map(attempt));
    } catch (error) {
      for (const job of jobs) job.reject(error);
      return;
    }
    for (const [index, job] of jobs.entries()) {
      const outcome = outcomes[index];
      if (outcome !== undefined && 'value' in outcome) job.resolve(outcome.value);
      else job.reject(outcome?.error);
    }
  }

  function schedule(): void {
    scheduled ??= setImmediate(() => {
      scheduled = undefined;
      const jobs = waiting.slice(0, mostTogether);
      waiting = waiting.slice(mostTogether);
      if (waiting.length > 0) schedule();
      commit(jobs);
    });
  }

  return {
    transact: <R>(run: () => R): Promise<R> =>
      new Promise<R>((resolve, reject) => {
        waiting.push({ run, resolve: (value) => resolve(value as R), reject });
        schedule();
      }),
    flush: () => {
      clearImmediate(scheduled);
      scheduled = undefined;
      const jobs = waiting;
      waiting = [];
      if (jobs.length > 0) commit(jobs);
    },
  };
}
