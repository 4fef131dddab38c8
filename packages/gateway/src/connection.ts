import type { Socket } from 'node:net';
import type { AccessLogEntry } from './access-log.ts';
import { errorStatus, type GatewayErrorCode } from './error-codes.ts';
import { ChunkScanner } from './http1/chunked.ts';
import type { HeadParser } from './http1/head-parser.ts';
import type { ResponseParser } from './http1/response-parser.ts';
import type { GatewayMetrics } from './metrics.ts';
import { newRequestId, newTraceparent } from './request-ids.ts';
import { strippedPath, type Route, type RouteTable } from './route-table.ts';
import type { SlotInstance, Slots, Waiter } from './slots.ts';
import type { Upstream, UpstreamPool, UpstreamUser } from './upstream.ts';

export interface ConnectionLimits {
  headBytes: number;
  bodyBytes: number;
}

/** Milliseconds. */
export interface GatewayTimeouts {
  /** From the first byte of a head to its end. */
  headMs: number;
  keepAliveMs: number;
  /** From the request to the head of the answer. */
  headerMs: number;
  /** Without a byte in either direction. */
  idleMs: number;
  totalMs: number;
}

/** What all connections of a gateway share. */
export interface ConnectionContext {
  routes: RouteTable;
  slots: Slots;
  pool: UpstreamPool;
  metrics: GatewayMetrics;
  limits: ConnectionLimits;
  timeouts: GatewayTimeouts;
  now: () => number;
  log: ((entry: AccessLogEntry) => void) | undefined;
  head: HeadParser;
  response: ResponseParser;
  isClosing: () => boolean;
}

const maxAhead = 65_536;
const smallWrite = 16_384;
const statusText: Record<number, string> = {
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Content Too Large',
  417: 'Expectation Failed',
  431: 'Request Header Fields Too Large',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  505: 'HTTP Version Not Supported',
};

type Phase = 'head' | 'waiting' | 'exchange' | 'tunnel' | 'lingering' | 'closed';
type Framing = 'none' | 'length' | 'chunked' | 'close';

/** One client connection and the exchange that goes on over it. Only one request is looked at at a time. */
export class ClientConnection implements Waiter, UpstreamUser {
  #phase: Phase = 'head';
  readonly #socket: Socket;
  readonly #context: ConnectionContext;
  readonly #internal: boolean;
  readonly #remote: string;
  /** Bytes that came and are not used yet. */
  #ahead: Buffer | undefined;
  #headSince = 0;
  #lastActive: number;

  #method = '';
  #host = '';
  #path = '';
  #requestId = '';
  #route: Route | undefined;
  #startedAt = 0;
  #waitedMs = 0;
  #sentAt = 0;
  #closeAfter = false;
  #expectContinue = false;
  #webSocket = false;
  #upstreamHead = '';

  #bodyFraming: Framing = 'none';
  #bodyLeft = 0;
  #bodyDone = true;
  readonly #bodyScanner = new ChunkScanner();
  /** The body bytes of the first write, kept while the request can be sent again; undefined: it cannot. */
  #replay: string | undefined;

  #slot: SlotInstance | undefined;
  #upstream: Upstream | undefined;
  #retried = false;
  #responseHead: Buffer | undefined;
  #responseStarted = false;
  #responseFraming: Framing = 'none';
  #responseLeft = 0;
  #responseKeepAlive = false;
  readonly #responseScanner = new ChunkScanner();
  #status = 0;

  constructor(socket: Socket, context: ConnectionContext, internal: boolean) {
    this.#socket = socket;
    this.#context = context;
    this.#internal = internal;
    this.#remote = socket.remoteAddress ?? 'unix';
    this.#lastActive = context.now();
    this.#headSince = this.#lastActive;
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('drain', () => this.#upstream?.socket.resume());
    socket.on('end', () => this.#onClientGone());
    socket.on('error', () => undefined);
    socket.on('close', () => this.#onClientGone());
  }

  /** Nothing is being answered. */
  get isIdle(): boolean {
    return this.#phase === 'head' || this.#phase === 'lingering' || this.#phase === 'closed';
  }

  destroy(): void {
    if (this.#phase === 'lingering') this.#phase = 'closed';
    this.#onClientGone();
    this.#socket.destroy();
  }

  /** Enforces the deadlines; called a few times a second instead of a timer per request. */
  sweep(now: number): void {
    const timeouts = this.#context.timeouts;
    const own = this.#route?.timeouts;
    const idleMs = own?.idleMs || timeouts.idleMs;
    if (this.#phase === 'lingering') {
      if (now - this.#lastActive > 1000) this.destroy();
    } else if (this.#phase === 'head') {
      if (this.#ahead === undefined) {
        if (now - this.#lastActive > timeouts.keepAliveMs) this.destroy();
      } else if (now - this.#headSince > timeouts.headMs) this.#fail('RequestTimeout', 'the request head did not arrive in time');
    } else if (this.#phase === 'exchange') {
      if (!this.#bodyDone && now - this.#lastActive > idleMs) this.#timeOut('RequestTimeout', 'The request body stopped arriving.');
      else if (now - this.#startedAt > (own?.totalMs || timeouts.totalMs))
        this.#timeOut('ResponseTimeout', 'The function did not finish its answer in time.');
      else if (!this.#responseStarted && this.#bodyDone && now - this.#sentAt > (own?.headerMs || timeouts.headerMs)) {
        this.#timeOut('ResponseTimeout', 'The function did not begin its answer in time.');
      } else if (this.#responseStarted && now - this.#lastActive > idleMs) this.#timeOut('ResponseTimeout', 'The answer stopped arriving.');
    } else if (this.#phase === 'tunnel' && now - this.#lastActive > idleMs) this.destroy();
  }

  #onData(chunk: Buffer): void {
    this.#lastActive = this.#context.now();
    if (this.#phase === 'head') {
      if (this.#ahead === undefined) this.#headSince = this.#lastActive;
      this.#readHead(this.#ahead === undefined ? chunk : Buffer.concat([this.#ahead, chunk]), chunk.includes(10));
    } else if (this.#phase === 'exchange' && !this.#bodyDone) {
      this.#forwardBody(chunk);
    } else if (this.#phase === 'tunnel') {
      if (this.#upstream?.socket.write(chunk) === false) this.#socket.pause();
    } else if (this.#phase !== 'lingering' && this.#phase !== 'closed') {
      this.#ahead = this.#ahead === undefined ? chunk : Buffer.concat([this.#ahead, chunk]);
      if (this.#ahead.length > maxAhead) this.#socket.pause();
    }
  }

  // A head can only end, or be found wrong, where a line ends: without one it is not parsed again.
  #readHead(bytes: Buffer, hasLineEnd: boolean): void {
    const { head, limits } = this.#context;
    let start = 0;
    // One empty line before a request is what RFC 9112 asks to tolerate.
    if (bytes[0] === 13 && bytes[1] === 10) start = 2;
    const result =
      hasLineEnd || bytes.length > limits.headBytes
        ? head.parse(bytes, start, Math.min(bytes.length, start + limits.headBytes))
        : undefined;
    if (result === undefined || result.kind === 'incomplete') {
      if (bytes.length - start >= limits.headBytes) this.#fail('HeadTooLarge', `the request head is larger than ${limits.headBytes} bytes`);
      else this.#ahead = bytes;
      return;
    }
    this.#ahead = undefined;
    this.#startedAt = this.#context.now();
    if (result.kind === 'refused') return this.#fail(result.code, result.message);
    if (result.end < bytes.length) this.#ahead = bytes.subarray(result.end);
    this.#begin(head);
  }

  #begin(head: HeadParser): void {
    this.#method = head.method;
    this.#host = head.host;
    this.#path = head.path;
    this.#requestId = head.requestId || newRequestId();
    this.#closeAfter = head.close;
    this.#expectContinue = head.expectContinue;
    this.#webSocket = head.webSocket;
    this.#waitedMs = 0;
    this.#status = 0;
    this.#retried = false;
    this.#responseStarted = false;
    this.#replay = undefined;
    this.#bodyFraming = head.chunked ? 'chunked' : head.contentLength > 0 ? 'length' : 'none';
    this.#bodyLeft = head.contentLength;
    this.#bodyDone = this.#bodyFraming === 'none';
    if (head.chunked) this.#bodyScanner.reset();
    this.#context.metrics.inFlight++;
    this.#phase = 'waiting';
    const match = this.#context.routes.find(head.host, head.path, this.#internal);
    this.#route = match?.route;
    if (match === undefined)
      return this.#answer('NoRoute', `No function is reached by host "${head.host}" and this path. Check the address of the function.`);
    if (match.route.serving === '') return this.#answer('NotReady', match.route.unavailable || 'The function is not ready.', 1);
    if (head.contentLength > this.#context.limits.bodyBytes)
      return this.#answer('BodyTooLarge', `The body is larger than ${this.#context.limits.bodyBytes} bytes.`);
    this.#upstreamHead = this.#headFor(head, match.entry.stripPrefix);
    this.#context.slots.borrow(match.route.serving, this);
  }

  #headFor(head: HeadParser, stripPrefix: string): string {
    const path = stripPrefix === '' ? head.path : strippedPath(head.path, stripPrefix);
    const framing = head.chunked
      ? 'transfer-encoding: chunked\r\n'
      : head.contentLength >= 0
        ? `content-length: ${head.contentLength}\r\n`
        : '';
    const upgrade = head.webSocket ? 'connection: upgrade\r\nupgrade: websocket\r\n' : '';
    return (
      `${head.method} ${path}${head.query} HTTP/1.1\r\nhost: ${head.authority}\r\n${head.forwarded}${framing}${upgrade}` +
      `x-forwarded-for: ${this.#remote}\r\nx-forwarded-proto: http\r\nx-forwarded-host: ${head.authority}\r\n` +
      `x-request-id: ${this.#requestId}\r\ntraceparent: ${head.traceparent || newTraceparent()}\r\n\r\n`
    );
  }

  onSlot(instance: SlotInstance): void {
    this.#slot = instance;
    const now = this.#context.now();
    const waited = now - this.#startedAt;
    // Less is the time of one turn, not of a wait.
    if (waited > 0.5) this.#waitedMs = waited;
    this.#lastActive = now;
    this.#sentAt = now;
    this.#phase = 'exchange';
    this.#responseHead = undefined;
    const upstream = this.#context.pool.take(instance);
    upstream.user = this;
    upstream.used++;
    this.#upstream = upstream;
    if (this.#retried) {
      upstream.socket.write(this.#upstreamHead + (this.#replay ?? ''), 'latin1');
      return;
    }
    this.#replay = '';
    if (this.#bodyDone) upstream.socket.write(this.#upstreamHead, 'latin1');
    else this.#sendFirst(upstream);
  }

  #sendFirst(upstream: Upstream): void {
    const first = this.#ahead;
    this.#ahead = undefined;
    if (first === undefined) {
      if (this.#expectContinue) this.#socket.write('HTTP/1.1 100 Continue\r\n\r\n', 'latin1');
      upstream.socket.write(this.#upstreamHead, 'latin1');
      return;
    }
    const pass = this.#takeBody(first);
    if (pass === undefined) return;
    if (pass.length <= smallWrite) {
      const text = pass.toString('latin1', 0, pass.length) + (this.#owesEnd() ? '\r\n' : '');
      this.#replay = text;
      upstream.socket.write(this.#upstreamHead + text, 'latin1');
    } else {
      this.#replay = undefined;
      upstream.socket.write(this.#upstreamHead, 'latin1');
      this.#writeBody(upstream, pass);
    }
    if (this.#socket.isPaused()) this.#socket.resume();
  }

  #forwardBody(chunk: Buffer): void {
    const upstream = this.#upstream;
    const pass = this.#takeBody(chunk);
    if (pass === undefined || upstream === undefined) return;
    this.#sentAt = this.#lastActive;
    this.#replay = undefined;
    this.#writeBody(upstream, pass);
  }

  #writeBody(upstream: Upstream, pass: Buffer): void {
    let room = pass.length === 0 || upstream.socket.write(pass);
    if (this.#owesEnd()) room = upstream.socket.write('\r\n', 'latin1');
    if (!room) this.#socket.pause();
  }

  #owesEnd(): boolean {
    return this.#bodyFraming === 'chunked' && this.#bodyDone && this.#bodyScanner.owesEnd;
  }

  /** The part that belongs to the body; the rest waits. Undefined: the request was refused. */
  #takeBody(bytes: Buffer): Buffer | undefined {
    let end = bytes.length;
    let passEnd: number;
    if (this.#bodyFraming === 'length') {
      end = Math.min(this.#bodyLeft, bytes.length);
      this.#bodyLeft -= end;
      this.#bodyDone = this.#bodyLeft === 0;
      passEnd = end;
    } else {
      const scanner = this.#bodyScanner;
      end = scanner.scan(bytes, 0, bytes.length);
      if (scanner.malformed) return this.#abandon('BadRequest', 'The chunked body is malformed.');
      if (scanner.bytes > this.#context.limits.bodyBytes)
        return this.#abandon('BodyTooLarge', `The body is larger than ${this.#context.limits.bodyBytes} bytes.`);
      this.#bodyDone = scanner.done;
      passEnd = scanner.passEnd;
    }
    if (end < bytes.length) this.#ahead = bytes.subarray(end);
    return passEnd === bytes.length ? bytes : bytes.subarray(0, passEnd);
  }

  #abandon(code: GatewayErrorCode, message: string): undefined {
    this.#dropUpstream(false);
    if (this.#responseStarted) this.#endTruncated();
    else this.#answer(code, message);
    return undefined;
  }

  onUpstreamDrain(): void {
    this.#socket.resume();
  }

  onUpstreamBytes(bytes: Buffer, length: number): boolean {
    this.#lastActive = this.#context.now();
    if (this.#phase === 'tunnel') return this.#socket.write(Buffer.from(bytes.subarray(0, length)));
    if (this.#responseStarted) return this.#onResponseBody(bytes, 0, length, '');
    const head = this.#responseHead === undefined ? bytes : Buffer.concat([this.#responseHead, bytes.subarray(0, length)]);
    return this.#onResponseHead(head, this.#responseHead === undefined ? length : head.length);
  }

  #onResponseHead(bytes: Buffer, length: number): boolean {
    const response = this.#context.response;
    let from = 0;
    for (;;) {
      const end = response.parse(bytes, from, length);
      if (end === -1 && length - from <= 65_536) {
        this.#responseHead = Buffer.from(bytes.subarray(from, length));
        return true;
      }
      if (end < 0) return this.#invalidUpstream();
      if (response.status === 101) return this.#onSwitch(bytes, end, length);
      if (response.status >= 200) {
        this.#responseHead = undefined;
        return this.#startResponse(bytes, end, length);
      }
      from = end;
      if (from === length) {
        this.#responseHead = undefined;
        return true;
      }
    }
  }

  #invalidUpstream(): boolean {
    this.#dropUpstream(true);
    this.#answer('UpstreamInvalid', 'The function answered with something that is not HTTP/1.1.');
    return false;
  }

  #onSwitch(bytes: Buffer, end: number, length: number): boolean {
    if (!this.#webSocket) return this.#invalidUpstream();
    this.#status = 101;
    this.#phase = 'tunnel';
    const { response } = this.#context;
    this.#socket.write(
      `HTTP/1.1 ${response.statusLine}\r\n${response.forwarded}connection: upgrade\r\nupgrade: websocket\r\n\r\n`,
      'latin1',
    );
    if (this.#ahead !== undefined) this.#upstream?.socket.write(this.#ahead);
    this.#ahead = undefined;
    this.#socket.resume();
    return end === length || this.#socket.write(Buffer.from(bytes.subarray(end, length)));
  }

  #startResponse(bytes: Buffer, end: number, length: number): boolean {
    const response = this.#context.response;
    if (response.status === 503 && response.surplus && this.#retry()) return false;
    this.#status = response.status;
    this.#responseStarted = true;
    this.#responseKeepAlive = response.keepAlive;
    let framing = '';
    if (this.#method === 'HEAD' || response.status === 204 || response.status === 304) this.#responseFraming = 'none';
    else if (response.chunked) {
      this.#responseFraming = 'chunked';
      this.#responseScanner.reset();
      framing = 'transfer-encoding: chunked\r\n';
    } else if (response.contentLength >= 0) {
      this.#responseFraming = response.contentLength === 0 ? 'none' : 'length';
      this.#responseLeft = response.contentLength;
    } else {
      this.#responseFraming = 'close';
      this.#closeAfter = true;
    }
    // The rest of a body that the function did not wait for must not be taken for a request.
    if (!this.#bodyDone || this.#context.isClosing()) this.#closeAfter = true;
    const connection = this.#closeAfter ? 'connection: close\r\n' : '';
    const head = `HTTP/1.1 ${response.statusLine}\r\n${response.forwarded}${framing}${connection}x-request-id: ${this.#requestId}\r\n\r\n`;
    return this.#onResponseBody(bytes, end, length, head);
  }

  #onResponseBody(bytes: Buffer, from: number, length: number, head: string): boolean {
    let end = length;
    let passEnd = length;
    let done = false;
    let tail = '';
    if (this.#responseFraming === 'none') {
      end = passEnd = from;
      done = true;
    } else if (this.#responseFraming === 'length') {
      end = passEnd = Math.min(length, from + this.#responseLeft);
      this.#responseLeft -= end - from;
      done = this.#responseLeft === 0;
    } else if (this.#responseFraming === 'chunked') {
      const scanner = this.#responseScanner;
      end = scanner.scan(bytes, from, length);
      passEnd = scanner.passEnd;
      done = scanner.done;
      if (done && scanner.owesEnd) tail = '\r\n';
      if (scanner.malformed) {
        if (head !== '') return this.#malformedFirst();
        this.#dropUpstream(true);
        this.#endTruncated();
        return false;
      }
    }
    const room = this.#writeResponse(bytes, from, passEnd, head, tail);
    if (!done) return room;
    if (end < length) this.#responseKeepAlive = false;
    this.#finish();
    return true;
  }

  #malformedFirst(): boolean {
    this.#responseStarted = false;
    return this.#invalidUpstream();
  }

  // Head and small body go out in one write; the bytes are copied, because the buffer is read into again.
  #writeResponse(bytes: Buffer, from: number, end: number, head: string, tail: string): boolean {
    const size = end - from;
    if (size <= smallWrite) {
      const text = head + (size > 0 ? bytes.toString('latin1', from, end) : '') + tail;
      return text === '' || this.#socket.write(text, 'latin1');
    }
    if (head !== '') this.#socket.write(head, 'latin1');
    const room = this.#socket.write(Buffer.from(bytes.subarray(from, end)));
    return tail === '' ? room : this.#socket.write(tail, 'latin1');
  }

  onUpstreamClosed(): void {
    const upstream = this.#upstream;
    if (upstream === undefined) return;
    if (this.#phase === 'tunnel') return this.destroy();
    if (this.#responseStarted) {
      if (this.#responseFraming === 'close' && !upstream.socket.errored) {
        this.#responseKeepAlive = false;
        this.#finish();
      } else {
        this.#dropUpstream(true);
        this.#endTruncated();
      }
      return;
    }
    const idempotent = this.#method !== 'POST' && this.#method !== 'PATCH';
    // What never connected cannot have seen the request, whatever its method.
    if ((idempotent || !upstream.connected) && this.#retry()) return;
    const connected = upstream.connected;
    this.#dropUpstream(true);
    if (connected) this.#answer('UpstreamReset', 'The function closed the connection before it answered.');
    else this.#answer('UpstreamUnavailable', 'The instance of the function cannot be reached.', 1);
  }

  /** Asks another instance, once, when all that was sent can be sent again. */
  #retry(): boolean {
    const slot = this.#slot;
    if (this.#retried || this.#replay === undefined || slot === undefined || this.#route === undefined) return false;
    this.#retried = true;
    this.#dropUpstream(true);
    this.#phase = 'waiting';
    this.#context.slots.borrow(slot.serving, this, slot);
    return true;
  }

  onNoSlot(refusal: { code: string; message: string; retryAfterSeconds: number }): void {
    this.#answer(refusal.code, refusal.message, Math.max(1, refusal.retryAfterSeconds));
  }

  #finish(): void {
    const { pool, slots } = this.#context;
    const upstream = this.#upstream;
    const slot = this.#slot;
    this.#upstream = undefined;
    this.#slot = undefined;
    if (upstream !== undefined && slot !== undefined) {
      if (this.#responseKeepAlive && this.#bodyDone) pool.give(slot, upstream);
      else upstream.destroy();
      slots.release(slot, false);
      this.#record(slot);
    }
    this.#next();
  }

  #record(slot: SlotInstance | undefined): void {
    const { metrics, now, log } = this.#context;
    const durationMs = now() - this.#startedAt;
    metrics.inFlight--;
    metrics.observe(this.#status, durationMs, this.#waitedMs);
    log?.({
      requestId: this.#requestId,
      method: this.#method,
      host: this.#host,
      path: this.#path,
      status: this.#status,
      durationMs,
      waitedMs: this.#waitedMs,
      serving: this.#route?.serving ?? '',
      instance: slot?.id ?? '',
    });
  }

  #next(): void {
    this.#route = undefined;
    this.#lastActive = this.#context.now();
    if (this.#closeAfter) return this.#linger();
    this.#phase = 'head';
    if (this.#socket.isPaused()) this.#socket.resume();
    const ahead = this.#ahead;
    if (ahead === undefined) return;
    this.#headSince = this.#lastActive;
    // Not within this call: a client that sends many requests at once must not grow the stack.
    setImmediate(() => {
      if (this.#phase !== 'head' || this.#ahead !== ahead) return;
      this.#ahead = undefined;
      this.#readHead(ahead, true);
    });
  }

  #dropUpstream(failed: boolean): void {
    const slot = this.#slot;
    this.#upstream?.destroy();
    this.#upstream = undefined;
    this.#slot = undefined;
    if (slot !== undefined) this.#context.slots.release(slot, failed);
  }

  #timeOut(code: GatewayErrorCode, message: string): void {
    this.#dropUpstream(code === 'ResponseTimeout');
    if (this.#responseStarted) this.#endTruncated();
    else this.#answer(code, message);
  }

  /** The client must see that the answer is not whole: the connection is reset, never ended cleanly. */
  #endTruncated(): void {
    this.#record(undefined);
    this.#phase = 'closed';
    if (this.#remote === 'unix') this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  /** Refuses what is not even a request. */
  #fail(code: GatewayErrorCode, message: string): void {
    this.#requestId = newRequestId();
    this.#ahead = undefined;
    this.#bodyDone = false;
    this.#context.metrics.inFlight++;
    this.#status = 0;
    this.#waitedMs = 0;
    this.#method = '';
    this.#host = '';
    this.#path = '';
    this.#route = undefined;
    this.#answer(code, `The request was refused: ${message}.`);
  }

  #answer(code: string, message: string, retryAfterSeconds = 0): void {
    this.#status = (errorStatus as Record<string, number>)[code] ?? 503;
    if (!this.#bodyDone || this.#context.isClosing()) this.#closeAfter = true;
    const body = Buffer.from(JSON.stringify({ code, message, requestId: this.#requestId }));
    const head =
      `HTTP/1.1 ${this.#status} ${statusText[this.#status] ?? 'Error'}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n` +
      `${retryAfterSeconds > 0 ? `retry-after: ${retryAfterSeconds}\r\n` : ''}${this.#closeAfter ? 'connection: close\r\n' : ''}x-request-id: ${this.#requestId}\r\n\r\n`;
    this.#socket.write(this.#method === 'HEAD' ? head : Buffer.concat([Buffer.from(head, 'latin1'), body]));
    this.#record(undefined);
    this.#next();
  }

  // Reads on for a moment after the end: a reset, caused by unread bytes, would take the answer with it.
  #linger(): void {
    this.#phase = 'lingering';
    this.#ahead = undefined;
    this.#socket.end();
    this.#socket.resume();
  }

  #onClientGone(): void {
    const phase = this.#phase;
    if (phase === 'closed') return;
    // The answer is still being written: the socket closes itself when that is done.
    if (phase === 'lingering' && !this.#socket.destroyed && this.#socket.writableLength > 0) return;
    this.#phase = 'closed';
    if (phase === 'waiting' && this.#route !== undefined) this.#context.slots.cancel(this.#route.serving, this);
    const slot = this.#slot;
    this.#dropUpstream(false);
    if (phase === 'waiting' || phase === 'exchange' || phase === 'tunnel') {
      if (this.#status === 0) this.#status = 499;
      this.#record(slot);
    }
    this.#socket.destroy();
  }
}
