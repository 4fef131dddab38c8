const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const;

/** How long ago, in the largest unit that fits: `3h`. */
export function age(since: string | undefined, now: number): string {
  const ms = since === undefined ? Number.NaN : now - Date.parse(since);
  if (Number.isNaN(ms)) return '<unknown>';
  const [unit, size] = units.find(([, one]) => ms >= one) ?? units[3];
  return `${Math.max(0, Math.floor(ms / size))}${unit}`;
}
