import type { Socket } from 'node:net';
import type { Timed } from '../deadline-wheel.ts';
import type { GatewayErrorCode } from '../error-codes.ts';
import type { HeadParser, HeadResult } from '../http1/head-parser.ts';
import { readIntoShared } from '../read-into-shared.ts';
import { newRequestId } from '../request-ids.ts';
import { redirectTarget, type Redirect } from '../route/filters.ts';
import type { RouteEntry } from '../route/route.ts';
import type { ConnectionContext } from './context.ts';
import { Exchange } from './exchange.ts';
import { notReady, ownAnswer, redirectAnswer, serverOptions, statusOf, type OwnAnswer } from './own-answer.ts';
import { PendingBytes } from './pending-bytes.ts';
import { writeBytes } from './write-bytes.ts';

// Less than one read: what waits for a slot is copied once, and the rest of its body stays with the kernel.
const maxAhead = 32_768;
const lingerMs = 1000;

type Phase = 'head' | 'exchange' | 'lingering' | 'closed';

/** One client connection. One request is looked at at a time; what comes ahead of its turn waits. */
export class ClientConnection implements Timed {
  checkAt: number = Infinity;
  lastActive: number;
  /** The connection ends with this answer. */
  closeAfter = false;
  readonly socket: Socket;
  readonly remote: string;
  readonly #context: ConnectionContext;
  readonly #isInternal: boolean;
  readonly #exchange: Exchange;
  readonly #ahead = new PendingBytes();
  #phase: Phase = 'head';
  #headSince: number;
  #isFirst = true;
  // What was read behind a head, while that is looked at: still in the shared buffer.
  #unread: Buffer | undefined;
  #unreadFrom = 0;
  #unreadEnd = 0;

  constructor(accepted: Socket, options: { context: ConnectionContext; internal: boolean; onClosed: () => void }) {
    const { context } = options;
    this.#context = context;
    this.#isInternal = options.internal;
    // A listener for both families sees IPv4 callers in an IPv6 form.
    this.remote = accepted.remoteAddress?.replace(/^::ffff:/, '') ?? 'unix';
    this.lastActive = this.#headSince = context.now();
    this.#exchange = new Exchange(this, context);
    this.socket = readIntoShared(accepted, (bytes, length) => this.#onBytes(bytes, length));
    this.socket.setNoDelay(true);
    this.socket.on('drain', () => this.#onDrain());
    this.socket.on('end', () => this.#onClientGone());
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => {
      this.#onClientGone();
      context.wheel.remove(this);
      options.onClosed();
    });
    this.checkBy(this.lastActive + context.timeouts.headMs);
  }

  /** Nothing is being answered. */
  get isIdle(): boolean {
    return this.#phase === 'head' || this.#phase === 'closed';
  }

  checkBy(at: number): void {
    this.#context.wheel.checkBy(this, at);
  }

  destroy(): void {
    if (this.#phase === 'lingering') this.#phase = 'closed';
    this.#onClientGone();
    this.socket.destroy();
  }

  onCheck(now: number): number {
    const { timeouts } = this.#context;
    if (this.#phase === 'exchange') return this.#exchange.onCheck(now);
    if (this.#phase === 'closed') return Infinity;
    if (this.#phase === 'head' && this.#ahead.length > 0) {
      const at = this.#headSince + timeouts.headMs;
      if (now <= at) return at;
      this.#fail('RequestTimeout', 'the request head did not arrive in time');
      return Infinity;
    }
    const at = this.lastActive + (this.#phase === 'lingering' ? lingerMs : this.#isFirst ? timeouts.headMs : timeouts.keepAliveMs);
    if (now <= at) return at;
    this.destroy();
    return Infinity;
  }

  #onBytes(bytes: Buffer, length: number): boolean {
    const now = this.#context.now();
    this.lastActive = now;
    if (this.#phase === 'head' && !this.socket.writableNeedDrain) this.#onHeadBytes(bytes, length, now);
    else if (this.#phase === 'head') this.#ahead.append(bytes, 0, length);
    else if (this.#phase === 'exchange') return this.#onExchangeBytes(bytes, length, now);
    return true;
  }

  #onExchangeBytes(bytes: Buffer, length: number, now: number): boolean {
    if (this.#exchange.isTunnel) return this.#exchange.writeUpstream(Buffer.from(bytes.subarray(0, length)));
    const from = this.#exchange.takesBody ? this.#exchange.pushBody(bytes, 0, length, now) : 0;
    if (from < length && this.#isOpen()) this.#ahead.append(bytes, from, length);
    if (this.#ahead.length > maxAhead) this.socket.pause();
    return !this.socket.isPaused();
  }

  // The exchange may have ended within a call.
  #isOpen(): boolean {
    return this.#phase === 'head' || this.#phase === 'exchange';
  }

  #onHeadBytes(bytes: Buffer, length: number, now: number): void {
    if (this.#ahead.length === 0) {
      this.#headSince = now;
      return this.#readHead(bytes, length, now, true);
    }
    this.#ahead.append(bytes, 0, length);
    const all = this.#ahead.peek();
    // A head can only end, or be found wrong, where a line ends: without one it is not parsed again.
    const hasLineEnd = bytes.subarray(0, length).includes(10);
    this.#readHead(all, all.length, now, hasLineEnd);
  }

  #readHead(bytes: Buffer, length: number, now: number, hasLineEnd: boolean): void {
    const { head, limits } = this.#context;
    // One empty line before a request is what RFC 9112 asks to tolerate.
    const start = bytes[0] === 13 && bytes[1] === 10 && length > 1 ? 2 : 0;
    const isFull = length - start >= limits.headBytes;
    const result = hasLineEnd || isFull ? head.parse(bytes, start, Math.min(length, start + limits.headBytes)) : undefined;
    if (result === undefined || result.kind === 'incomplete') {
      if (isFull) return this.#fail('HeadTooLarge', `the request head is larger than ${limits.headBytes} bytes`);
      if (this.#ahead.length === 0) this.#ahead.append(bytes, 0, length);
      return this.checkBy(this.#headSince + this.#context.timeouts.headMs);
    }
    if (this.#ahead.length > 0) this.#ahead.clear();
    this.#onHead(head, result, now);
    if (result.kind === 'done') this.#afterHead(bytes, result.end, length, now);
  }

  #onHead(head: HeadParser, result: HeadResult, now: number): void {
    if (result.kind === 'refused') return this.#fail(result.code, result.message);
    this.#phase = 'exchange';
    this.#isFirst = false;
    const exchange = this.#exchange;
    exchange.reset(now);
    exchange.describe(head);
    exchange.requestId = head.requestId || newRequestId();
    this.closeAfter = head.close;
  }

  /** The head is known and described; the bytes behind it are the body, or ahead of their turn. */
  #afterHead(bytes: Buffer, end: number, length: number, now: number): void {
    const { head, routes, limits } = this.#context;
    if (this.#phase !== 'exchange') return;
    this.#unread = bytes;
    this.#unreadFrom = end;
    this.#unreadEnd = length;
    if (head.path === '*') this.#answerOptions();
    else {
      const match = routes.find(head.host, head.path, this.#isInternal, head);
      if (match === undefined)
        this.answer({
          code: 'NoRoute',
          message: `No function is reached by host "${head.host}" and this path. Check the address of the function.`,
        });
      else if (match.entry.filters?.redirect !== undefined) this.#redirect(match.entry, match.entry.filters.redirect);
      else if (match.route.serving === '' && match.route.isPending !== true) this.answer(notReady(match.route));
      else if (head.contentLength > limits.bodyBytes)
        this.answer({
          code: 'BodyTooLarge',
          message: `The body is larger than ${limits.bodyBytes} bytes. Send less, or a reference to the data.`,
        });
      else this.#exchange.begin(head, match, now);
    }
    this.#keepUnread();
  }

  #keepUnread(): void {
    const bytes = this.#unread;
    this.#unread = undefined;
    if (bytes === undefined || this.#unreadFrom === this.#unreadEnd || !this.#isOpen()) return;
    this.#ahead.append(bytes, this.#unreadFrom, this.#unreadEnd);
    if (this.#phase === 'head') this.#scheduleNext();
    else if (this.#ahead.length > maxAhead) this.socket.pause();
  }

  /** Gives the exchange what came of its body already; false when nothing did. */
  feedBody(): boolean {
    const bytes = this.#unread;
    if (bytes === undefined) return this.#ahead.length > 0 && this.#ahead.use((ahead) => this.#feedAhead(ahead));
    if (this.#unreadFrom === this.#unreadEnd) return false;
    this.#unreadFrom = this.#exchange.pushBody(bytes, this.#unreadFrom, this.#unreadEnd, this.lastActive);
    return true;
  }

  #feedAhead(bytes: Buffer): true {
    const consumed = this.#exchange.pushBody(bytes, 0, bytes.length, this.lastActive);
    if (consumed < bytes.length && this.#isOpen()) this.#ahead.append(bytes, consumed, bytes.length);
    if (this.socket.isPaused() && this.#ahead.length <= maxAhead && this.#exchange.hasRoom) this.socket.resume();
    return true;
  }

  /** What came ahead of the switch belongs to the tunnel. */
  openTunnel(): void {
    if (this.#ahead.length > 0) this.#ahead.use((bytes) => this.#exchange.writeUpstream(Buffer.from(bytes)));
    this.socket.resume();
  }

  closeTunnel(): void {
    this.#exchange.cancel();
    this.#linger(this.#context.now());
  }

  tunnelled(bytes: Buffer, from: number, end: number): boolean {
    return writeBytes(this.socket, '', bytes, from, end, '');
  }

  #answerOptions(): void {
    this.#exchange.status = 204;
    this.#decideClose();
    this.socket.write(serverOptions({ requestId: this.#exchange.requestId, close: this.closeAfter }), 'latin1');
    this.#ownAnswered();
  }

  #redirect({ path }: RouteEntry, redirect: Redirect): void {
    this.#exchange.status = redirect.status;
    this.#decideClose();
    const location = redirectTarget(redirect, this.#context.head, path.value);
    this.socket.write(redirectAnswer(redirect.status, location, { requestId: this.#exchange.requestId, close: this.closeAfter }), 'latin1');
    this.#ownAnswered();
  }

  /** Answers in the gateway's own name. */
  answer(answer: OwnAnswer): void {
    const exchange = this.#exchange;
    exchange.status = statusOf(answer.code);
    this.#decideClose();
    this.socket.write(ownAnswer(answer, { requestId: exchange.requestId, close: this.closeAfter, withBody: exchange.method !== 'HEAD' }));
    this.#ownAnswered();
  }

  #decideClose(): void {
    if (!this.#exchange.isRequestWhole || this.#context.isClosing()) this.closeAfter = true;
  }

  #ownAnswered(): void {
    const now = this.#context.now();
    this.#exchange.record('', now);
    this.#exchange.settle();
    this.next(now);
  }

  /** Refuses what is not even a request. */
  #fail(code: GatewayErrorCode, message: string): void {
    const exchange = this.#exchange;
    exchange.reset(this.#context.now());
    exchange.requestId = newRequestId();
    this.closeAfter = true;
    this.answer({ code, message: `The request was refused: ${message}.` });
  }

  /** The client must see that the answer is not whole: the connection is reset, never ended cleanly. */
  endTruncated(): void {
    this.#exchange.record('', this.#context.now());
    this.#exchange.settle();
    this.#phase = 'closed';
    if (this.remote === 'unix') this.socket.destroy();
    else this.socket.resetAndDestroy();
  }

  /** The answer is out. */
  next(now: number): void {
    this.lastActive = now;
    if (this.closeAfter || this.#context.isClosed()) return this.#linger(now);
    this.#phase = 'head';
    this.checkBy(now + this.#context.timeouts.keepAliveMs);
    // Who does not read its answers gets no more of them.
    if (this.socket.writableNeedDrain) this.socket.pause();
    else this.#readOn();
  }

  #onDrain(): void {
    this.lastActive = this.#context.now();
    this.#exchange.resumeUpstream();
    if (this.#phase === 'head') this.#readOn();
  }

  #readOn(): void {
    if (this.socket.isPaused()) this.socket.resume();
    if (this.#ahead.length > 0) this.#scheduleNext();
  }

  // Not within this call: a client that sends many requests at once must not grow the stack.
  #scheduleNext(): void {
    setImmediate(() => {
      if (this.#phase !== 'head' || this.#ahead.length === 0) return;
      const now = this.#context.now();
      this.#headSince = now;
      this.#ahead.use((bytes) => this.#readHead(bytes, bytes.length, now, true));
    });
  }

  // Reads on for a moment after the end: a reset, caused by unread bytes, would take the answer with it.
  #linger(now: number): void {
    this.#phase = 'lingering';
    this.#ahead.clear();
    this.socket.end();
    this.socket.resume();
    this.checkBy(now + lingerMs);
  }

  #onClientGone(): void {
    const phase = this.#phase;
    if (phase === 'closed') return;
    // The answer is still being written: the socket closes itself when that is done.
    if (phase === 'lingering' && !this.socket.destroyed && this.socket.writableLength > 0) return;
    this.#phase = 'closed';
    this.#exchange.cancel();
    this.socket.destroy();
  }
}
