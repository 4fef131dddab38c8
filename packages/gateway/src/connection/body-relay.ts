import type { Socket } from 'node:net';
import { ChunkScanner } from '../http1/chunk-scanner.ts';
import { forwardedTrailers } from '../http1/trailers.ts';
import { smallWrite, writeBytes } from './write-bytes.ts';

/** How the sender marks the end of its body. */
export type Framing = 'none' | 'length' | 'chunked' | 'close';

/** How the receiver is told of the end: as the sender does, in chunks, or by the end of the connection. */
export type Output = 'same' | 'chunked' | 'bare';

/** One body on its way from one socket to the other; reused for the next. */
export class BodyRelay {
  done = true;
  malformed = false;
  /** After `push`: where the bytes of this body end. */
  consumed = 0;
  /** Bytes of data so far. */
  bytes = 0;
  /** What the last `push` wrote after `before`, when that was small and all of it; else undefined. */
  text: string | undefined;
  keepsText = false;
  #framing: Framing = 'none';
  #output: Output = 'same';
  #left = 0;
  readonly #scanner = new ChunkScanner();

  get framing(): Framing {
    return this.#framing;
  }

  begin(framing: Framing, length: number, output: Output = 'same'): void {
    this.#framing = framing;
    this.#output = output;
    this.#left = length;
    this.done = framing === 'none';
    this.malformed = false;
    this.bytes = 0;
    this.text = undefined;
    if (framing === 'chunked') this.#scanner.reset(output === 'bare');
  }

  /**
   * Writes `before` and the part of the bytes that belongs to the body. Nothing is written once it is malformed.
   * False: no room until the socket drains.
   */
  push(bytes: Buffer, from: number, end: number, to: Socket, before: string): boolean {
    switch (this.#framing) {
      case 'length': {
        const stop = Math.min(end, from + this.#left);
        this.#left -= stop - from;
        this.bytes += stop - from;
        this.done = this.#left === 0;
        return this.#write(bytes, from, stop, to, before, '', stop);
      }
      case 'chunked':
        return this.#pushChunked(bytes, from, end, to, before);
      case 'close':
        this.bytes += end - from;
        return this.#output === 'chunked' && end > from
          ? this.#write(bytes, from, end, to, `${before}${(end - from).toString(16)}\r\n`, '\r\n', end)
          : this.#write(bytes, from, end, to, before, '', end);
      default:
        return this.#write(bytes, from, from, to, before, '', from);
    }
  }

  /** The sender's connection ended well, and with it the body. */
  end(to: Socket): void {
    this.done = true;
    if (this.#output === 'chunked') to.write('0\r\n\r\n', 'latin1');
  }

  #pushChunked(bytes: Buffer, from: number, end: number, to: Socket, before: string): boolean {
    const scanner = this.#scanner;
    const next = scanner.scan(bytes, from, end);
    if (next < end && !scanner.done && !scanner.malformed) return this.#pushPieces(bytes, next, end, to, before);
    const after = this.#after();
    if (scanner.malformed || after === undefined) return this.#refuse(end);
    this.#count();
    return this.#write(bytes, scanner.passFrom, scanner.passEnd, to, before, after, next);
  }

  // With extensions to leave out, or the coding itself.
  #pushPieces(bytes: Buffer, from: number, end: number, to: Socket, before: string): boolean {
    const scanner = this.#scanner;
    let text = before + bytes.toString('latin1', scanner.passFrom, scanner.passEnd);
    let at = from;
    while (at < end && !scanner.done) {
      at = scanner.scan(bytes, at, end);
      if (scanner.malformed) return this.#refuse(end);
      text += bytes.toString('latin1', scanner.passFrom, scanner.passEnd);
    }
    const after = this.#after();
    if (after === undefined) return this.#refuse(end);
    this.#count();
    this.consumed = at;
    this.text = undefined;
    text += after;
    return text === '' || to.write(text, 'latin1');
  }

  /** What is owed after the passed bytes; undefined: the trailers are malformed. */
  #after(): string | undefined {
    const scanner = this.#scanner;
    if (!scanner.done || (!scanner.owesEnd && scanner.trailers === '')) return '';
    const trailers = scanner.trailers === '' ? '' : forwardedTrailers(scanner.trailers);
    return trailers === undefined || this.#output === 'bare' ? trailers && '' : `${trailers}\r\n`;
  }

  #count(): void {
    this.bytes = this.#scanner.bytes;
    this.done = this.#scanner.done;
  }

  #refuse(end: number): boolean {
    this.malformed = true;
    this.consumed = end;
    return true;
  }

  #write(bytes: Buffer, from: number, end: number, to: Socket, before: string, after: string, consumed: number): boolean {
    this.consumed = consumed;
    if (this.keepsText && end - from <= smallWrite) {
      this.text = (end > from ? bytes.toString('latin1', from, end) : '') + after;
      const all = before + this.text;
      return all === '' || to.write(all, 'latin1');
    }
    this.text = undefined;
    return writeBytes(to, before, bytes, from, end, after);
  }
}
