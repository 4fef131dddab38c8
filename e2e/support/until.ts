import { setTimeout as pause } from 'node:timers/promises';

/** Asks again and again until there is an answer; fails with what `what` says when none came in time. */
export async function until<T>(what: string, timeoutMs: number, ask: () => Promise<T | undefined | false>): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > end) throw new Error(`Not within ${timeoutMs} ms: ${what}.`);
    await pause(200);
  }
}
