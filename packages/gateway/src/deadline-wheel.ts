/** Something with deadlines. Only the wheel writes `checkAt`. */
export interface Timed {
  /** When it will be looked at; Infinity: not at all. */
  checkAt: number;
  /** Acts on what is overdue; answers when to look again, Infinity for never. */
  onCheck(now: number): number;
}

const tickMs = 250;
const buckets = 512;

/**
 * One timer for all deadlines. An item is looked at when its time has come, or before, and says itself when to
 * look again: so a deadline that keeps moving away costs nothing while it moves.
 */
export class DeadlineWheel {
  readonly #buckets: Set<Timed>[] = Array.from({ length: buckets }, () => new Set<Timed>());
  #tick: number;

  constructor(now: number) {
    this.#tick = Math.floor(now / tickMs);
  }

  /** Looks at the item at that time at the latest, give or take a tick. */
  checkBy(item: Timed, at: number): void {
    if (item.checkAt <= at) return;
    this.remove(item);
    this.#insert(item, at);
  }

  remove(item: Timed): void {
    if (item.checkAt === Infinity) return;
    this.#bucketOf(item.checkAt).delete(item);
    item.checkAt = Infinity;
  }

  advance(now: number): void {
    const last = Math.floor(now / tickMs);
    const first = Math.max(this.#tick + 1, last - buckets + 1);
    this.#tick = Math.max(this.#tick, last);
    for (let tick = first; tick <= last; tick++) {
      const bucket = this.#buckets[tick % buckets]!;
      if (bucket.size === 0) continue;
      const due = [...bucket];
      bucket.clear();
      for (const item of due) item.checkAt = Infinity;
      for (const item of due) {
        const next = item.onCheck(now);
        if (next < item.checkAt) this.checkBy(item, next);
      }
    }
  }

  #insert(item: Timed, at: number): void {
    // Rounded up, never into the past, and never further than the wheel reaches.
    const tick = Math.min(Math.max(Math.ceil(at / tickMs), this.#tick + 1), this.#tick + buckets - 1);
    item.checkAt = tick * tickMs;
    this.#bucketOf(item.checkAt).add(item);
  }

  #bucketOf(checkAt: number): Set<Timed> {
    return this.#buckets[(checkAt / tickMs) % buckets]!;
  }
}
