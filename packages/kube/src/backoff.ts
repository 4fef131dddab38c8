const firstMs = 250;
const mostMs = 30_000;

/** Exponential with full jitter in its upper half, so that clients of a restarted server do not come in step. */
export function backoffMs(failures: number, random: () => number): number {
  const full = Math.min(mostMs, firstMs * 2 ** Math.min(failures, 20));
  return full / 2 + (random() * full) / 2;
}
