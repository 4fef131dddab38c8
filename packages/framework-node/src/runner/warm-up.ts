/** Work that makes an instance's first answers fast, and that nobody is to wait for. */
export interface WarmUp {
  /** Somebody turned to the instance, and may be about to load it: nothing begins for a while. */
  postpone(): void;
  /** Resolves when nothing of it is under way, and nothing will be. */
  end(): Promise<void>;
}

/** Whoever waits for an instance loads it sooner than so long after it was last turned to. */
const quietMs = 100;

/** Begins when nobody has turned to the instance for a while. `work` ends early when its signal says so. */
export function warmUp(work: (signal: AbortSignal) => Promise<void>): WarmUp {
  const over = new AbortController();
  let running: Promise<void> | undefined;
  let postponed = 0;

  function wait(): void {
    const since = postponed;
    setTimeout(() => {
      // What came while this process had no processor is heard first.
      setImmediate(() => {
        if (over.signal.aborted) return;
        if (since === postponed) running = work(over.signal);
        else wait();
      });
    }, quietMs);
  }

  wait();
  return {
    postpone: () => void (postponed += 1),
    end: async () => {
      over.abort();
      await running;
    },
  };
}
