import type { LogLine } from '@openfunction/workload';

export interface LoggedLine {
  atMs: number;
  text: string;
}

const limit = 1 << 20;
const ellipsis = '…\n';

/** What a build wrote, from its beginning, cut at 1 MiB. */
export class BuildLog {
  readonly #lines: LoggedLine[];
  readonly #now: () => number;
  #bytes = 0;
  #isEnded = false;
  #more: PromiseWithResolvers<void> = Promise.withResolvers();

  /** Given lines, it is the log of a build that has ended. */
  constructor(now: () => number, lines?: LoggedLine[]) {
    this.#now = now;
    this.#lines = lines ?? [];
    if (lines !== undefined) this.end();
  }

  get lines(): readonly LoggedLine[] {
    return this.#lines;
  }

  /** The last of it, in so many bytes of UTF-8. */
  tail(maxBytes: number): string {
    const texts = this.#lines.map(({ text }) => (text.endsWith('\n') ? text : `${text}\n`));
    const bytes = Buffer.from(texts.join(''));
    if (bytes.length <= maxBytes) return bytes.toString();
    const last = bytes.subarray(bytes.length - maxBytes + Buffer.byteLength(ellipsis));
    // Whole lines, or of one line that is too long whole characters.
    const whole = last.indexOf(0x0a) + 1;
    const from = whole > 0 && whole < last.length ? whole : last.findIndex((byte) => (byte & 0xc0) !== 0x80);
    return ellipsis + last.subarray(from).toString();
  }

  /** Copies lines until there are no more; a log that breaks off does not fail the build. */
  async take(lines: AsyncIterable<LogLine>): Promise<void> {
    try {
      for await (const line of lines) if (!this.add(line.at, line.text)) return;
    } catch (error) {
      this.add(this.#now(), `The log breaks off: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** False once there is no room for more. */
  add(atMs: number, text: string): boolean {
    if (this.#bytes > limit || this.#isEnded) return false;
    this.#bytes += text.length;
    this.#lines.push({ atMs, text: this.#bytes > limit ? 'The log is cut here: it is longer than 1 MiB.' : text });
    const more = this.#more;
    this.#more = Promise.withResolvers();
    more.resolve();
    return this.#bytes <= limit;
  }

  end(): void {
    this.#isEnded = true;
    this.#more.resolve();
  }

  async *follow(signal: AbortSignal): AsyncIterable<LoggedLine> {
    const stop = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    for (let at = 0; !signal.aborted;) {
      while (at < this.#lines.length) yield this.#lines[at++]!;
      if (this.#isEnded) return;
      await Promise.race([this.#more.promise, stop]);
    }
  }
}
