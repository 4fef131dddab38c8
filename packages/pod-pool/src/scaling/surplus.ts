export interface Present {
  inFlight: number;
  createdAt: number;
}

/** Which instances go, the emptiest first and the youngest of equals. */
export function surplus<T extends Present>(instances: readonly T[], desired: number): T[] {
  const count = Math.max(0, instances.length - desired);
  return instances.toSorted((left, right) => left.inFlight - right.inFlight || right.createdAt - left.createdAt).slice(0, count);
}
