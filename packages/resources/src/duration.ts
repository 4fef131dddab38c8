const milliseconds: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1, us: 1e-3, ns: 1e-6 };

/** Milliseconds of a duration such as `1h30m`; undefined for what is none. */
export function durationMs(text: string): number | undefined {
  if (text === '0') return 0;
  if (!/^(?:[0-9]{1,9}(?:[.][0-9]{1,9})?(?:h|ms|m|us|ns|s))+$/.test(text)) return undefined;
  const parts = text.matchAll(/([0-9.]+)(h|ms|m|us|ns|s)/g);
  return [...parts].reduce((sum, [, count, unit]) => sum + Number(count) * (milliseconds[unit ?? ''] ?? 0), 0);
}

/** As Go writes durations, to the second: `1h2m3s`. */
export function durationText(durationInMs: number): string {
  const seconds = Math.max(0, Math.round(durationInMs / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return `${hours > 0 ? `${hours}h` : ''}${seconds >= 60 ? `${minutes}m` : ''}${seconds % 60}s`;
}
