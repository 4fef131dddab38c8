export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs `action` once, after `delayMs`; the answer cancels it. */
  setTimeout(action: () => void, delayMs: number): () => void;
}

export const realClock: Clock = {
  now: () => Date.now(),
  setTimeout: (action, delayMs) => {
    // A moment that is just over is now: Node warns of times below 0.
    const timer = setTimeout(action, Math.max(0, delayMs));
    return () => clearTimeout(timer);
  },
};

/** Like {@link realClock}, but it goes on evenly when the time of the machine is set: for what is counted and not told. */
export const steadyClock: Clock = { ...realClock, now: () => performance.timeOrigin + performance.now() };

export interface ManualClock extends Clock {
  /** Moves on, and runs what is due by then in its order. */
  advance(byMs: number): void;
}

/** A clock for tests, which moves only when told to. */
export function manualClock(start = 0): ManualClock {
  let now = start;
  const timers = new Set<{ at: number; action: () => void }>();
  return {
    now: () => now,
    setTimeout: (action, delayMs) => {
      const timer = { at: now + Math.max(0, delayMs), action };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance: (byMs) => {
      const end = now + byMs;
      for (;;) {
        const due = [...timers].filter((timer) => timer.at <= end).sort((left, right) => left.at - right.at)[0];
        if (due === undefined) break;
        timers.delete(due);
        now = Math.max(now, due.at);
        due.action();
      }
      now = end;
    },
  };
}
