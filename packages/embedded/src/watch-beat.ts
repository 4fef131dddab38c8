export interface WatchBeat {
  now: () => number;
  /** How long nothing may be heard. */
  silentMs: number;
  /** How often it is looked. */
  checkMs: number;
}

/** Tells of somebody who speaks regularly whether it hangs. Before it is first heard nothing is expected of it. */
export function watchBeat({ now, silentMs, checkMs }: WatchBeat): { heard(): void; isSilent(): boolean } {
  let heardAt: number | undefined;
  let lookedAt = now();
  return {
    heard: () => void (heardAt = now()),
    isSilent: () => {
      const at = now();
      // Whoever looks was held up itself, as when the machine slept: what was said meanwhile is not read yet.
      const wasHeldUp = at - lookedAt > 3 * checkMs;
      lookedAt = at;
      if (heardAt === undefined) return false;
      if (wasHeldUp) heardAt = at;
      return at - heardAt >= silentMs;
    },
  };
}
