/** Where in the coding the next byte is. */
const inSize = 0;
const inExtension = 1;
const afterSize = 2;
const inData = 3;
const afterData = 4;
const dataLf = 5;
const endOrTrailer = 6;
const endLf = 7;
const inTrailers = 8;

const maxSizeDigits = 12;
const maxExtensionBytes = 4096;
const maxTrailerBytes = 8192;

/**
 * Checks a chunked body and says which bytes may be passed on as they are. Strict: 1 to 12 hex digits and CRLF
 * only. Chunk extensions are dropped, 4 KB of them are taken per body; trailers are kept apart, at most 8 KB.
 */
export class ChunkScanner {
  done = false;
  malformed = false;
  /** What may be passed on, after `scan`. */
  passFrom = 0;
  passEnd = 0;
  /** After `done`: the final CRLF is not among the passed bytes. */
  owesEnd = false;
  /** After `done`: the trailer lines as they came, without the blank line that ends them; mostly empty. */
  trailers = '';
  /** Bytes of data seen. */
  bytes = 0;
  #state = inSize;
  #left = 0;
  #digits = 0;
  #extensionBytes = 0;
  #dataOnly = false;

  /** `dataOnly`: nothing of the coding is passed on, only the data. */
  reset(dataOnly = false): void {
    this.done = false;
    this.malformed = false;
    this.owesEnd = false;
    this.trailers = '';
    this.bytes = 0;
    this.#state = inSize;
    this.#left = 0;
    this.#digits = 0;
    this.#extensionBytes = 0;
    this.#dataOnly = dataOnly;
  }

  /**
   * Scans until the bytes end, the body ends, or bytes come that are not to be passed on. Returns the position to
   * go on from: after `done`, that of the first byte which is not this body's.
   */
  scan(bytes: Buffer, from: number, end: number): number {
    let at = this.#skip(bytes, from, end);
    this.passFrom = at;
    this.passEnd = at;
    while (at < end && !this.done && !this.malformed) {
      switch (this.#state) {
        case inData: {
          const take = Math.min(this.#left, end - at);
          at += take;
          this.bytes += take;
          this.#left -= take;
          if (this.#left === 0) this.#state = afterData;
          break;
        }
        case endOrTrailer:
          return this.#finish(bytes, at, end);
        default:
          if (this.#dataOnly || (bytes[at] === 59 && this.#atExtension())) {
            this.passEnd = at;
            return at;
          }
          this.#step(bytes[at++]!);
      }
    }
    this.passEnd = this.malformed ? this.passFrom : at;
    return at;
  }

  /** Consumes what is never passed on: extensions, trailers, and the whole coding when only data is wanted. */
  #skip(bytes: Buffer, from: number, end: number): number {
    let at = from;
    while (at < end && !this.done && !this.malformed) {
      const state = this.#state;
      if (state === inExtension) at = this.#extension(bytes, at, end);
      else if (state === endLf || state === inTrailers) at = this.#finish(bytes, at, end);
      else if (this.#dataOnly && state === endOrTrailer) at = this.#finish(bytes, at, end);
      else if (this.#dataOnly && state !== inData) this.#step(bytes[at++]!);
      else break;
    }
    return at;
  }

  #step(byte: number): void {
    switch (this.#state) {
      case inSize:
        return this.#size(byte);
      case afterSize:
        if (byte !== 10) this.malformed = true;
        else this.#state = this.#left === 0 ? endOrTrailer : inData;
        return;
      case afterData:
        if (byte !== 13) this.malformed = true;
        this.#state = dataLf;
        return;
      default:
        if (byte !== 10) this.malformed = true;
        this.#state = inSize;
        this.#digits = 0;
    }
  }

  #size(byte: number): void {
    if (byte === 13 && this.#digits > 0) {
      this.#state = afterSize;
      return;
    }
    if (byte === 59 && this.#atExtension()) return;
    const digit = byte >= 48 && byte <= 57 ? byte - 48 : (byte | 32) >= 97 && (byte | 32) <= 102 ? (byte | 32) - 87 : -1;
    if (digit < 0 || ++this.#digits > maxSizeDigits) this.malformed = true;
    else this.#left = (this.#digits === 1 ? 0 : this.#left * 16) + digit;
  }

  #atExtension(): boolean {
    if (this.#state !== inSize || this.#digits === 0) return false;
    this.#state = inExtension;
    return true;
  }

  #extension(bytes: Buffer, from: number, end: number): number {
    for (let at = from; at < end; at++) {
      const byte = bytes[at]!;
      if (byte === 13) {
        this.#state = inSize;
        return at;
      }
      if (++this.#extensionBytes > maxExtensionBytes || (byte < 32 && byte !== 9) || byte > 126) {
        this.malformed = true;
        return at;
      }
    }
    return end;
  }

  /** After the last chunk: mostly CRLF and no more, which passes with the rest. */
  #finish(bytes: Buffer, from: number, end: number): number {
    let at = from;
    this.passEnd = from;
    if (this.#state === endOrTrailer) {
      if (!this.#dataOnly && at + 1 < end && bytes[at] === 13 && bytes[at + 1] === 10) {
        this.passEnd = at + 2;
        this.done = true;
        return at + 2;
      }
      this.owesEnd = !this.#dataOnly;
      this.#state = bytes[at] === 13 ? endLf : inTrailers;
      if (this.#state === endLf) at++;
    }
    if (this.#state === inTrailers) return this.#trailerBytes(bytes, at, end);
    if (at < end) {
      this.done = bytes[at] === 10;
      this.malformed = !this.done;
      at++;
    }
    return at;
  }

  #trailerBytes(bytes: Buffer, from: number, end: number): number {
    const room = maxTrailerBytes + 4 - this.trailers.length;
    const before = this.trailers.length;
    const text = this.trailers + bytes.toString('latin1', from, Math.min(end, from + room));
    const blank = text.indexOf('\r\n\r\n', Math.max(0, before - 3));
    if (blank >= 0) {
      this.done = true;
      this.trailers = text.slice(0, blank + 2);
      return from + blank + 4 - before;
    }
    this.trailers = text;
    if (text.length > maxTrailerBytes) this.malformed = true;
    return end;
  }
}
