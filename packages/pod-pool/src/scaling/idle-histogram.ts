/** How long a function rests between its requests, and what that says of when to have it ready. */
export interface IdleHistogram {
  /** It rested for so long, and now has a request again. */
  rested(ms: number): void;
  /** When it should be ready, in milliseconds since its last request; undefined: what was seen says nothing. */
  window(): WarmWindow | undefined;
}

export interface WarmWindow {
  /** 0: from the last request on. */
  fromMs: number;
  untilMs: number;
}

const binMs = 60_000;
const bins = 240;
/** Of all rests, those that are too short to wait for, and those that are too long. */
const [early, late] = [0.05, 0.99];
const margin = 0.1;
const fewest = 5;
/** Below that the rests are spread so evenly over all times that no window is better than another. */
const leastVariation = 2;

/**
 * The hybrid histogram of Shahrad et al., "Serverless in the Wild" (ATC 2020): bins of a minute over four hours. Between the
 * 5th and the 99th percentile, each with a margin of a tenth, the function is ready. It is forgotten with its scheduler.
 */
export function idleHistogram(): IdleHistogram {
  const counts = new Uint32Array(bins);
  let total = 0;
  let beyond = 0;

  /** Coefficient of variation of the bins. */
  function variation(): number {
    const within = total - beyond;
    const mean = within / bins;
    const squares = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0);
    return mean === 0 ? 0 : Math.sqrt(squares / bins) / mean;
  }

  function binOf(share: number): number {
    const wanted = share * (total - beyond);
    let seen = 0;
    for (let bin = 0; bin < bins; bin += 1) {
      seen += counts[bin] ?? 0;
      if (seen >= wanted && seen > 0) return bin;
    }
    return bins - 1;
  }

  return {
    rested: (ms) => {
      total += 1;
      const bin = Math.floor(ms / binMs);
      if (bin >= bins) beyond += 1;
      else counts[bin] = (counts[bin] ?? 0) + 1;
    },
    window: () => {
      if (total < fewest || beyond * 2 > total || variation() < leastVariation) return undefined;
      const first = binOf(early);
      return { fromMs: Math.floor(first * binMs * (1 - margin)), untilMs: Math.ceil((binOf(late) + 1) * binMs * (1 + margin)) };
    },
  };
}

/** Whether a function should be ready so long after its last request. */
export function isWarmAt({ fromMs, untilMs }: WarmWindow, restedMs: number): boolean {
  return restedMs >= fromMs && restedMs < untilMs;
}
