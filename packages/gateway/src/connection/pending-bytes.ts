import { blockBytes, giveBlock, takeBlock } from './blocks.ts';

const nothing: Buffer = Buffer.alloc(0);

/** Up to here memory is taken as it is needed: most that is pending is the beginning of a head. */
const small = 8_192;

/** Bytes that came and are not used yet. They are copied: what they came in is read into again. */
export class PendingBytes {
  length = 0;
  #bytes = nothing;

  append(bytes: Buffer, from: number, end: number): void {
    const needed = this.length + end - from;
    if (needed > this.#bytes.length) {
      // Doubling keeps the cost of a head that comes byte by byte linear.
      const size = Math.max(needed, this.#bytes.length * 2);
      const grown = size > small && size <= blockBytes ? takeBlock() : Buffer.allocUnsafeSlow(size);
      this.#bytes.copy(grown, 0, 0, this.length);
      this.#bytes = grown;
    }
    bytes.copy(this.#bytes, this.length, from, end);
    this.length = needed;
  }

  /** All of them; they stay pending. */
  peek(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }

  /** Hands all of them over, for the time of the call; nothing is pending from its beginning. */
  use<Answer>(consume: (bytes: Buffer) => Answer): Answer {
    const bytes = this.#bytes;
    const { length } = this;
    this.clear();
    const answer = consume(bytes.subarray(0, length));
    if (bytes.length === blockBytes) giveBlock(bytes);
    return answer;
  }

  /** Forgets them. Somebody may look at them still, so that their memory is not given on. */
  clear(): void {
    this.length = 0;
    this.#bytes = nothing;
  }
}
