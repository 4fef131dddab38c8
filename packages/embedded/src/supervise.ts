/** A process that must run: how to start it, and what happened when it ends. */
export interface Supervised {
  name: string;
  start(): { ended: Promise<string>; stop(): void };
}

export interface SupervisorClock {
  now(): number;
  setTimeout(run: () => void, delayMs: number): { cancel(): void };
}

const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 10_000;
const HEALTHY_AFTER_MS = 10_000;

/** The delay before the next start: doubles with each early death, and forgets them once one lived long enough. */
export function nextDelay(earlyDeaths: number): number {
  return Math.min(FIRST_DELAY_MS * 2 ** earlyDeaths, LONGEST_DELAY_MS);
}

/** Keeps processes running until closed, restarting each with back-off. */
export function supervise(options: {
  processes: Supervised[];
  clock: SupervisorClock;
  log: (message: string, fields: Record<string, unknown>) => void;
}): { close(): Promise<void> } {
  let closing = false;
  const stops: (() => void)[] = [];
  const loops = options.processes.map((one) => keepRunning(one));
  return {
    async close() {
      closing = true;
      for (const stop of stops.splice(0)) stop();
      await Promise.all(loops);
    },
  };

  async function keepRunning(one: Supervised): Promise<void> {
    let earlyDeaths = 0;
    while (!closing) {
      const startedAt = options.clock.now();
      const running = one.start();
      const stop = (): void => running.stop();
      stops.push(stop);
      const how = await running.ended;
      stops.splice(stops.indexOf(stop), 1);
      if (closing) return;
      earlyDeaths = options.clock.now() - startedAt >= HEALTHY_AFTER_MS ? 0 : earlyDeaths + 1;
      const delayMs = nextDelay(earlyDeaths);
      options.log('process ended, starting it again', { process: one.name, how, delayMs });
      await new Promise<void>((resolve) => {
        const timer = options.clock.setTimeout(resolve, delayMs);
        stops.push(() => {
          timer.cancel();
          resolve();
        });
      });
    }
  }
}
