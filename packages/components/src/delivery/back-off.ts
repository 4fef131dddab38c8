export interface BackOff {
  firstMs: number;
  maxMs: number;
}

export const deliveryBackOff: BackOff = { firstMs: 100, maxMs: 30_000 };
export const connectionBackOff: BackOff = { firstMs: 100, maxMs: 5_000 };

/** How long to wait after `failures` in a row: doubling up to the maximum, of which a random half is taken away. */
export function backOffMs({ firstMs, maxMs }: BackOff, failures: number, random: number): number {
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 30));
  return full / 2 + (full / 2) * random;
}
