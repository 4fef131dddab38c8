import type { Clock } from '@openfunction/reconcile';
import { backOffMs, deliveryBackOff } from './back-off.ts';
import type { Deliver, Delivery, Outcome, ReadOptions } from './delivery.ts';
import { laneQueue } from './lane-queue.ts';

export interface LanesOptions extends Pick<ReadOptions, 'deliver' | 'maxInFlight' | 'batch'> {
  clock: Clock;
  random(): number;
  /** `here`: a failed message is handed out again after a back-off, and keeps its place. `source`: it is settled as retry at once. */
  retry: 'here' | 'source';
  /**
   * What may be held beyond `maxInFlight` so that lanes are handled beside each other, where a source hands out many of one lane first.
   * Nothing by default.
   */
  readAhead?: { messages: number; bytes: number };
  /** Told when `settle` failed; the message counts as given back. */
  onError(error: unknown): void;
}

export interface Offered {
  message: Omit<Delivery, 'attempt'>;
  /** How often it was delivered before, where the source counts. */
  earlierAttempts?: number;
  /** Messages of one lane are handled one after the other, in the order in which they were offered: a partition, a key. */
  lane?: string;
  /** Tells the source. Called exactly once. */
  settle(outcome: Outcome): void | Promise<void>;
}

/** What every source does between taking a message and telling its outcome: bounds, order, batches, back-off, pause and end. */
export interface DeliveryLanes {
  /** Waits until there is room, and says for how many; 0 when closed. A source asks before it takes. */
  room(): Promise<number>;
  offer(offered: Offered): void;
  /** Messages taken and not settled. */
  readonly held: number;
  pause(): void;
  resume(): void;
  /** The lane belongs to another consumer now: gives back all that is held of it, and what its handlers still answer no longer counts. */
  withdraw(lane: string): Promise<void>;
  close(signal?: AbortSignal): Promise<void>;
}

interface Entry extends Offered {
  attempt: number;
  isSettled: boolean;
}

const retry: Outcome = { kind: 'retry' };

export function deliveryLanes(options: LanesOptions): DeliveryLanes {
  const { clock, maxInFlight } = options;
  const batch = options.batch ?? { max: 1, waitMs: 0 };
  const aborted = new AbortController();
  const waiting = laneQueue<Entry>();
  const running = new Set<Entry>();
  /** Failed entries behind their back-off, by what cancels it. */
  const resting = new Map<() => void, Entry[]>();
  const forRoom: (() => void)[] = [];
  const forIdle: (() => void)[] = [];
  let held = 0;
  let heldBytes = 0;
  let isPaused = false;
  let isClosed = false;
  let cancelGathering: (() => void) | undefined;
  let isGathered = false;

  function handOut(): void {
    while (!isPaused && !isClosed) {
      const count = Math.min(batch.max, waiting.handable);
      // Who handles is asked for no more than that, however much is held; a batch waits until all of it fits.
      if (count === 0 || (running.size > 0 && running.size + count > maxInFlight)) return;
      if (count < batch.max && batch.waitMs > 0 && !isGathered) return gather();
      cancelGathering?.();
      cancelGathering = undefined;
      isGathered = false;
      void handle(waiting.take(count));
    }
  }

  function gather(): void {
    cancelGathering ??= clock.setTimeout(() => {
      cancelGathering = undefined;
      isGathered = true;
      handOut();
    }, batch.waitMs);
  }

  async function handle(entries: Entry[]): Promise<void> {
    for (const entry of entries) running.add(entry);
    const outcomes = await outcomesOf(options.deliver, entries, aborted.signal);
    for (const entry of entries) running.delete(entry);
    const failed = entries.filter((entry, index) => !entry.isSettled && (outcomes[index] ?? retry).kind === 'retry');
    const again = options.retry === 'here' && !isClosed ? failed : [];
    await Promise.all(entries.map(async (entry, index) => (again.includes(entry) ? undefined : settle(entry, outcomes[index] ?? retry))));
    for (const group of byLane(again)) rest(group);
    const restingLanes = new Set(again.map(({ lane }) => lane));
    for (const { lane } of entries) if (lane !== undefined && !restingLanes.has(lane)) waiting.free(lane);
    if (running.size === 0) for (const wake of forIdle.splice(0)) wake();
    handOut();
  }

  function rest(entries: Entry[]): void {
    if (isClosed) {
      for (const entry of entries) void settle(entry, retry);
      return;
    }
    const attempts = Math.max(...entries.map(({ attempt }) => attempt));
    const cancel = clock.setTimeout(
      () => {
        resting.delete(cancel);
        for (const entry of entries) entry.attempt++;
        // Their lane was kept, so the front is their place.
        waiting.restore(entries);
        handOut();
      },
      backOffMs(deliveryBackOff, attempts, options.random()),
    );
    resting.set(cancel, entries);
  }

  async function settle(entry: Entry, outcome: Outcome): Promise<void> {
    if (entry.isSettled) return;
    entry.isSettled = true;
    try {
      await entry.settle(outcome);
    } catch (error) {
      options.onError(error);
    }
    held--;
    heldBytes -= entry.message.data.length;
    wakeForRoom();
  }

  /** How many more may be held. */
  function spare(): number {
    const within = maxInFlight - held;
    const { readAhead } = options;
    if (within > 0 || readAhead === undefined || heldBytes >= readAhead.bytes) return within;
    return maxInFlight + readAhead.messages - held;
  }

  function wakeForRoom(): void {
    if (isClosed || (!isPaused && spare() > 0)) for (const wake of forRoom.splice(0)) wake();
  }

  async function giveBack(entries: Iterable<Entry>): Promise<void> {
    await Promise.all([...entries].map((entry) => settle(entry, retry)));
  }

  async function withdraw(lane: string): Promise<void> {
    const isOf = (entry: Entry): boolean => entry.lane === lane;
    const gone = [...waiting.withdraw(lane), ...[...running].filter(isOf)];
    for (const [cancel, entries] of resting) {
      if (!entries.some(isOf)) continue;
      cancel();
      resting.delete(cancel);
      gone.push(...entries);
      waiting.free(lane);
    }
    await giveBack(gone);
  }

  async function close(signal?: AbortSignal): Promise<void> {
    isClosed = true;
    cancelGathering?.();
    for (const cancel of resting.keys()) cancel();
    const unstarted = [...waiting.clear(), ...[...resting.values()].flat()];
    resting.clear();
    wakeForRoom();
    await giveBack(unstarted);
    if (running.size === 0) return;
    const idle = new Promise<void>((resolve) => forIdle.push(resolve));
    await Promise.race([idle, ...(signal === undefined ? [] : [aborts(signal)])]);
    if (running.size === 0) return;
    aborted.abort();
    // Whatever their handlers answer from now on no longer counts.
    await giveBack(running);
  }

  return {
    room: async () => {
      while (!isClosed && (isPaused || spare() <= 0)) await new Promise<void>((resolve) => forRoom.push(resolve));
      return isClosed ? 0 : spare();
    },
    offer: (offered) => {
      held++;
      heldBytes += offered.message.data.length;
      const entry = { ...offered, attempt: (offered.earlierAttempts ?? 0) + 1, isSettled: false };
      if (isClosed) return void settle(entry, retry);
      waiting.push(entry);
      handOut();
    },
    get held() {
      return held;
    },
    pause: () => {
      isPaused = true;
    },
    resume: () => {
      isPaused = false;
      handOut();
      wakeForRoom();
    },
    withdraw,
    close,
  };
}

async function outcomesOf(deliver: Deliver, entries: readonly Entry[], signal: AbortSignal): Promise<readonly Outcome[]> {
  try {
    return await deliver(
      entries.map(({ message, attempt }) => ({ ...message, attempt })),
      signal,
    );
  } catch (error) {
    return entries.map(() => ({ kind: 'retry', error }));
  }
}

function byLane(entries: readonly Entry[]): Entry[][] {
  const groups = new Map<unknown, Entry[]>();
  for (const entry of entries) {
    const key = entry.lane ?? entry;
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  return [...groups.values()];
}

function aborts(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
