/** Knative's autoscaler as its description has it, second by second and without a thought of speed: what ours is compared with. */
export class ReferenceKpa {
  readonly #concurrency: number[] = [];
  readonly #target: number;
  #panicSince: number | undefined;
  #mostInPanic = 0;

  constructor(target: number) {
    this.#target = target;
  }

  /** Mean concurrency of the next second. */
  second(concurrency: number): void {
    this.#concurrency.push(concurrency);
  }

  #mean(seconds: number): number {
    const window = this.#concurrency.slice(-seconds);
    return window.reduce((sum, each) => sum + each, 0) / window.length;
  }

  /** How many there should be now, with so many ready. */
  decide(ready: number): number {
    const now = this.#concurrency.length;
    const instances = Math.max(1, ready);
    const bounded = (wanted: number): number => Math.min(Math.max(wanted, Math.floor(instances / 2)), Math.ceil(1000 * instances));
    const [stable, panic] = [Math.ceil(this.#mean(60) / this.#target), Math.ceil(this.#mean(6) / this.#target)];
    if (panic / instances >= 2) this.#panicSince = now;
    else if (this.#panicSince !== undefined && now - this.#panicSince > 60) {
      this.#panicSince = undefined;
      this.#mostInPanic = 0;
    }
    if (this.#panicSince === undefined) return bounded(stable);
    this.#mostInPanic = Math.max(this.#mostInPanic, bounded(stable), bounded(panic));
    return this.#mostInPanic;
  }
}
