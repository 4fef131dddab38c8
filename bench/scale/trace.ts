/** One function of the trace: when it is called, in seconds, in order. */
export interface TracedFunction {
  isTimer: boolean;
  calls: number[];
}

export const daySeconds = 86_400;
/** Called more often than that it never rests for a minute, and every policy keeps it: it is left to arithmetic. */
export const busySeconds = 10;

const timerMinutes = [1, 5, 10, 15, 30, 60, 120, 180, 360, 720];
const [slowest, fastest] = [1e-6, 1e2];

/** The same numbers for the same seed. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A trace of our own: 60 % are timers with a little jitter; the rates of the others lie over eight orders of magnitude, half of them in bursts. */
export function trace(functions: number, seconds: number, random: () => number): TracedFunction[] {
  return Array.from({ length: functions }, () => (random() < 0.6 ? timer(seconds, random) : caller(seconds, random)));
}

function timer(seconds: number, random: () => number): TracedFunction {
  const period = (timerMinutes[Math.floor(random() * timerMinutes.length)] ?? 1) * 60;
  const calls: number[] = [];
  for (let at = random() * period; at < seconds; at += period) calls.push(at + random() * 2);
  return { isTimer: true, calls };
}

function caller(seconds: number, random: () => number): TracedFunction {
  const perSecond = slowest * (fastest / slowest) ** random();
  const meanGap = Math.max(busySeconds, 1 / perSecond);
  const inBursts = random() < 0.5;
  const calls: number[] = [];
  const gap = (mean: number): number => -Math.log(1 - random()) * mean;
  for (let at = gap(meanGap); at < seconds; at += gap(meanGap)) {
    calls.push(at);
    if (!inBursts) continue;
    for (let more = Math.floor(random() * 20); more > 0 && at < seconds; more -= 1) calls.push((at += gap(30)));
  }
  return { isTimer: false, calls: calls.filter((at) => at < seconds) };
}
