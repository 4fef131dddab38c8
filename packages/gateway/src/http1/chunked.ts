/** Where in the coding the next byte is. */
const inSize = 0;
const afterSize = 1;
const inData = 2;
const afterData = 3;
const dataLf = 4;
const lineStart = 5;
const inTrailer = 6;
const trailerLf = 7;
const endLf = 8;

const maxTrailerBytes = 8192;

/**
 * Checks a chunked body and says which bytes may be passed on as they are. Strict: 1 to 12 hex digits, no
 * extensions, CRLF only. Trailers are read and dropped, as an intermediary may.
 */
export class ChunkScanner {
  done = false;
  malformed = false;
  /** End of what may be passed on, after `scan`. */
  passEnd = 0;
  /** After `done`: the final CRLF is not among the passed bytes and must be written. */
  owesEnd = false;
  /** Bytes of data seen. */
  bytes = 0;
  #state = inSize;
  #left = 0;
  #digits = 0;
  #last = false;
  #trailers = 0;

  reset(): void {
    this.done = false;
    this.malformed = false;
    this.owesEnd = false;
    this.bytes = 0;
    this.#state = inSize;
    this.#left = 0;
    this.#digits = 0;
    this.#last = false;
    this.#trailers = 0;
  }

  /** Scans bytes; returns the position after the last one that belongs to this body. */
  scan(bytes: Uint8Array, from: number, end: number): number {
    let at = from;
    this.passEnd = from;
    while (at < end) {
      if (this.#state === inData) {
        const take = Math.min(this.#left, end - at);
        at += take;
        this.bytes += take;
        this.#left -= take;
        if (this.#left === 0) this.#state = afterData;
        continue;
      }
      if (!this.#step(bytes[at]!)) {
        this.malformed = true;
        return at;
      }
      at++;
      if (this.#last && this.#state === lineStart && this.#trailers === 0 && !this.done) {
        this.passEnd = at;
        // The usual end, whole in this buffer, passes with the rest.
        if (at + 1 < end && bytes[at] === 13 && bytes[at + 1] === 10) {
          this.passEnd = at + 2;
          this.done = true;
          return at + 2;
        }
        this.owesEnd = true;
      }
      if (this.done) return at;
    }
    if (!this.#last) this.passEnd = at;
    return at;
  }

  #step(byte: number): boolean {
    switch (this.#state) {
      case inSize:
        return this.#size(byte);
      case afterSize:
        if (byte !== 10) return false;
        this.#last = this.#left === 0;
        this.#state = this.#last ? lineStart : inData;
        return true;
      case afterData:
        this.#state = dataLf;
        return byte === 13;
      case dataLf:
        this.#state = inSize;
        this.#digits = 0;
        return byte === 10;
      case lineStart:
        this.#state = byte === 13 ? endLf : inTrailer;
        return this.#trailer(byte);
      case inTrailer:
        if (byte === 13) this.#state = trailerLf;
        return this.#trailer(byte);
      case trailerLf:
        this.#state = lineStart;
        return byte === 10 && ++this.#trailers > 0;
      default:
        this.done = byte === 10;
        return this.done;
    }
  }

  #trailer(byte: number): boolean {
    return ++this.#trailers <= maxTrailerBytes && (byte === 13 || byte === 9 || (byte >= 32 && byte !== 127));
  }

  #size(byte: number): boolean {
    if (byte === 13) {
      this.#state = afterSize;
      return this.#digits > 0;
    }
    const digit = byte >= 48 && byte <= 57 ? byte - 48 : (byte | 32) >= 97 && (byte | 32) <= 102 ? (byte | 32) - 87 : -1;
    if (digit < 0 || ++this.#digits > 12) return false;
    if (this.#digits === 1) this.#left = 0;
    this.#left = this.#left * 16 + digit;
    return true;
  }
}
