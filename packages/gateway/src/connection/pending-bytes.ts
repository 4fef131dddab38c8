const nothing: Buffer = Buffer.alloc(0);

/** Bytes that came and are not used yet. They are copied: what they came in is read into again. */
export class PendingBytes {
  length = 0;
  #bytes = nothing;

  append(bytes: Buffer, from: number, end: number): void {
    const needed = this.length + end - from;
    if (needed > this.#bytes.length) {
      // Doubling keeps the cost of a head that comes byte by byte linear.
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
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

  /** All of them; nothing is pending afterwards. */
  take(): Buffer {
    const bytes = this.peek();
    this.clear();
    return bytes;
  }

  clear(): void {
    this.length = 0;
    this.#bytes = nothing;
  }
}
