import type { LogLine } from '@openfunction/workload';

const limit = 1 << 20;

/** What a build wrote, from its beginning, cut at 1 MiB. */
export class BuildLog {
  readonly #lines: { atMs: number; text: string }[] = [];
  readonly #now: () => number;
  #bytes = 0;
  #isEnded = false;
  #more: PromiseWithResolvers<void> = Promise.withResolvers();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Copies lines until there are no more; a log that breaks off does not fail the build. */
  async take(lines: AsyncIterable<LogLine>): Promise<void> {
    try {
      for await (const line of lines) this.#add(line.at, line.text);
    } catch (error) {
      this.#add(this.#now(), `The log breaks off: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  end(): void {
    this.#isEnded = true;
    this.#more.resolve();
  }

  async *follow(signal: AbortSignal): AsyncIterable<{ atMs: number; text: string }> {
    const stop = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    for (let at = 0; !signal.aborted;) {
      while (at < this.#lines.length) yield this.#lines[at++]!;
      if (this.#isEnded) return;
      await Promise.race([this.#more.promise, stop]);
    }
  }

  #add(atMs: number, text: string): void {
    if (this.#bytes > limit) return;
    this.#bytes += text.length;
    this.#lines.push({ atMs, text: this.#bytes > limit ? 'The log is cut here: it is longer than 1 MiB.' : text });
    const more = this.#more;
    this.#more = Promise.withResolvers();
    more.resolve();
  }
}
