import type { Timed } from '../deadline-wheel.ts';
import { ChunkScanner } from '../http1/chunk-scanner.ts';
import type { SlotInstance, Waiter } from '../slots.ts';
import type { Upstream, UpstreamUser } from '../upstream.ts';
import type { ConnectionContext } from './context.ts';
import { PendingBytes } from './pending-bytes.ts';

const longestBody = 1_048_576;

interface MirrorCopyOptions {
  serving: string;
  /** Without framing and end. */
  head: string;
  isChunked: boolean;
  onEnd: () => void;
}

/** A copy of one request for a second function. It is sent when it is whole; what comes back is read and forgotten. */
export class MirrorCopy implements Waiter, UpstreamUser, Timed {
  checkAt: number = Infinity;
  readonly #context: ConnectionContext;
  readonly #options: MirrorCopyOptions;
  readonly #body = new PendingBytes();
  #isOver = false;
  #slot: SlotInstance | undefined;
  #upstream: Upstream | undefined;

  constructor(context: ConnectionContext, options: MirrorCopyOptions) {
    this.#context = context;
    this.#options = options;
    context.wheel.checkBy(this, context.now() + context.timeouts.totalMs);
  }

  /** More of the body, as it came. */
  push(bytes: Buffer, from: number, end: number): void {
    if (this.#isOver) return;
    if (this.#body.length + end - from > longestBody) this.drop();
    else this.#body.append(bytes, from, end);
  }

  send(now: number): void {
    if (!this.#isOver) this.#context.slots.borrow(this.#options.serving, this, now);
  }

  onSlot(instance: SlotInstance, now: number): void {
    this.#slot = instance;
    const upstream = this.#context.pool.take(instance, now);
    upstream.user = this;
    this.#upstream = upstream;
    if (upstream.connected) this.onUpstreamConnected();
  }

  onNoSlot(): void {
    this.drop();
  }

  onUpstreamConnected(): void {
    this.#body.use((bytes) => {
      const body = this.#options.isChunked ? decoded(bytes) : bytes;
      // The end of the connection is the end of an answer that nobody reads.
      const framing = `content-length: ${body.length}\r\nconnection: close\r\n\r\n`;
      this.#upstream?.socket.write(Buffer.concat([Buffer.from(this.#options.head + framing, 'latin1'), body]));
    });
    this.#context.metrics.mirrored++;
  }

  onUpstreamBytes(): boolean {
    return true;
  }

  onUpstreamDrain(): void {}

  onUpstreamClosed(): void {
    this.#end();
  }

  onCheck(): number {
    this.drop();
    return Infinity;
  }

  /** Gives it up, wherever it is. */
  drop(): void {
    if (this.#isOver) return;
    if (this.#slot === undefined) this.#context.slots.cancel(this.#options.serving, this);
    this.#context.metrics.mirrorsDropped++;
    this.#end();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#body.clear();
    this.#upstream?.destroy();
    this.#context.wheel.remove(this);
    this.#options.onEnd();
    if (this.#slot !== undefined) this.#context.slots.release(this.#slot, 'well', this.#context.now());
  }
}

/** The data of a whole chunked body that was found well-formed before. */
function decoded(bytes: Buffer): Buffer {
  const scanner = new ChunkScanner();
  scanner.reset(true);
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length && !scanner.done && !scanner.malformed;) {
    at = scanner.scan(bytes, at, bytes.length);
    parts.push(bytes.subarray(scanner.passFrom, scanner.passEnd));
  }
  return Buffer.concat(parts);
}
