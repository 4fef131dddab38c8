import { createHash, type Hash } from 'node:crypto';

const largePart = 64 * 1024;
const mostParts = 16;

/**
 * SHA-256 (hex) of the large parts of a framed body, by their number: hashed while the body comes, since a large function
 * would wait for it a millisecond afterwards.
 */
export class PartDigests {
  readonly byPart: Map<number, string> = new Map();
  #part = -1;
  #end = 0;
  #hashed = 0;
  #hash: Hash | undefined;

  /** The first `size` bytes of the body are there. */
  advance(body: Buffer, size: number): void {
    for (;;) {
      if (this.#hash === undefined) {
        if (size < this.#end + 4 || this.#part >= mostParts) return;
        this.#hashed = this.#end + 4;
        const length = body.readUInt32BE(this.#end);
        this.#end = this.#hashed + length;
        this.#part += 1;
        if (length < largePart) continue;
        this.#hash = createHash('sha256');
      }
      const to = Math.min(this.#end, size);
      this.#hash.update(body.subarray(this.#hashed, to));
      this.#hashed = to;
      if (to < this.#end) return;
      this.byPart.set(this.#part, this.#hash.digest('hex'));
      this.#hash = undefined;
    }
  }
}
