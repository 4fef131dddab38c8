const firstMs = 1000;
const longestMs = 30_000;

/** How long nothing is tried after so many failures in a row. */
export function retryDelayMs(failures: number): number {
  return failures <= 0 ? 0 : Math.min(longestMs, firstMs * 2 ** (failures - 1));
}
