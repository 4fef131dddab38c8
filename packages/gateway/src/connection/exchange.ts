import type { GatewayErrorCode } from '../error-codes.ts';
import type { HeadParser } from '../http1/head-parser.ts';
import { changedHeaders, type Filters } from '../route/filters.ts';
import type { Route, RouteEntry } from '../route/route.ts';
import type { RouteMatch } from '../route-table.ts';
import type { SlotInstance, SlotRefusal, Waiter } from '../slots.ts';
import type { Upstream, UpstreamUser } from '../upstream.ts';
import { BodyRelay } from './body-relay.ts';
import type { ClientConnection } from './client-connection.ts';
import type { ConnectionContext, GatewayTimeouts } from './context.ts';
import { overdue, soonest, timeoutsOf } from './overdue.ts';
import type { MirrorCopy } from './mirror-copy.ts';
import { notReady } from './own-answer.ts';
import { ResponseRelay } from './response-relay.ts';
import type { RouteWaiter } from './route-waits.ts';
import { upstreamHead } from './upstream-head.ts';

type Stage = 'none' | 'waiting' | 'connecting' | 'open' | 'tunnel';

/** So long a gateway may know an older route than the scheduler does. */
const changeMs = 3000;

/** One request and its answer: a slot, an instance, and the bytes both ways. One object per client connection, reused. */
export class Exchange implements Waiter, RouteWaiter, UpstreamUser {
  requestId = '';
  method = '';
  host = '';
  path = '';
  status = 0;
  /** 0 for an HTTP/1.0 client. */
  minor = 1;
  isWebSocket = false;
  #stage: Stage = 'none';
  readonly #client: ClientConnection;
  readonly #context: ConnectionContext;
  readonly #request = new BodyRelay();
  readonly #response: ResponseRelay;
  #route: Route | undefined;
  #entry: RouteEntry | undefined;
  #filters: Filters | undefined;
  #copies: MirrorCopy[] | undefined;
  queueLength = 0;
  #timeouts: GatewayTimeouts;
  #slot: SlotInstance | undefined;
  #upstream: Upstream | undefined;
  #head = '';
  #expectsContinue = false;
  /** Body bytes that went with the head and can be sent again; undefined: more went than is kept. */
  #replay: string | undefined = '';
  #isHeadSent = false;
  #retried = false;
  #startedAt = 0;
  #waitedMs = 0;
  #slotAt = 0;
  #sentAt = 0;

  constructor(client: ClientConnection, context: ConnectionContext) {
    this.#client = client;
    this.#context = context;
    this.#timeouts = context.timeouts;
    this.#response = new ResponseRelay(this, client, context);
    this.#request.keepsText = true;
  }

  get isRequestWhole(): boolean {
    return this.#request.done;
  }

  /** The client may send body bytes now. */
  get takesBody(): boolean {
    return this.#stage === 'open' && !this.#request.done;
  }

  /** The instance takes more bytes now. */
  get hasRoom(): boolean {
    return this.#upstream?.socket.writableNeedDrain === false;
  }

  get isTunnel(): boolean {
    return this.#stage === 'tunnel';
  }

  /** A request was read: what is remembered of it, whether it is served or refused. */
  reset(now: number): void {
    this.requestId = '';
    this.method = '';
    this.host = '';
    this.path = '';
    this.status = 0;
    this.minor = 1;
    this.isWebSocket = false;
    this.#route = undefined;
    this.#entry = undefined;
    this.#filters = undefined;
    this.#copies = undefined;
    this.#startedAt = now;
    this.#waitedMs = 0;
    this.#request.begin('none', 0);
    this.#response.reset();
    this.#context.metrics.inFlight++;
  }

  /** What the head says about the body, before anything is decided: a refusal must know whether one follows. */
  describe(head: HeadParser): void {
    this.method = head.method;
    this.host = head.host;
    this.path = head.path;
    this.minor = head.minor;
    this.isWebSocket = head.webSocket;
    this.#expectsContinue = head.expectContinue;
    if (head.chunked) this.#request.begin('chunked', 0);
    else if (head.contentLength > 0) this.#request.begin('length', head.contentLength);
  }

  begin(head: HeadParser, match: RouteMatch, now: number): void {
    const { route, entry } = match;
    this.#entry = entry;
    this.#follow(route);
    const options = { entry, requestId: this.requestId, remote: this.#client.remote };
    this.#head = upstreamHead(head, options);
    if (entry.filters !== undefined) {
      this.#filters = entry.filters;
      this.#copies = this.#context.mirrors.begin(head, options, this.#context);
      if (this.#request.done) this.#sendCopies(now);
    }
    this.#replay = '';
    this.#isHeadSent = false;
    this.#retried = false;
    this.#stage = 'waiting';
    // A wait that may not last as long as the gateway's own.
    if (this.#timeouts.totalMs < this.#context.timeouts.totalMs) this.#client.checkBy(now + this.#timeouts.totalMs);
    if (route.serving !== '') this.#context.slots.borrow(route.serving, this, now);
    else if (!this.#context.routeWaits.wait(this, route.id, now + changeMs)) this.#client.answer(notReady(route));
  }

  #follow(route: Route): void {
    this.#route = route;
    this.queueLength = route.queueLength ?? 0;
    this.#timeouts = timeoutsOf(this.#context.timeouts, route.timeouts, this.#entry?.timeouts);
  }

  onRoute(route: Route | undefined, now: number): void {
    if (route === undefined || route.serving === '') return this.#client.answer(notReady(route));
    this.#follow(route);
    this.#context.slots.borrow(route.serving, this, now);
  }

  /** The header lines of the answer, as the caller gets them. */
  answerLines(lines: string): string {
    const changes = this.#filters?.responseHeaders;
    return changes === undefined ? lines : changedHeaders(lines, changes);
  }

  #sendCopies(now: number): void {
    for (const copy of this.#copies ?? []) copy.send(now);
    this.#copies = undefined;
  }

  onSlot(instance: SlotInstance, now: number): void {
    this.#slot = instance;
    const waited = now - this.#startedAt;
    // Less is the time of one turn, not of a wait.
    if (waited > 0.5) this.#waitedMs = waited;
    this.#slotAt = this.#sentAt = now;
    this.#client.lastActive = now;
    this.#client.checkBy(now + soonest(this.#timeouts));
    const upstream = this.#context.pool.take(instance, now);
    upstream.user = this;
    this.#upstream = upstream;
    // Until it is connected nothing is taken from the client, so that all of it can still go elsewhere.
    if (upstream.connected) this.#send(upstream);
    else this.#stage = 'connecting';
  }

  onNoSlot(refusal: SlotRefusal): void {
    if (refusal.code === 'ServingNotFound' && this.#followRoute()) return;
    this.#client.answer(refusal);
  }

  /** A Serving goes as soon as another one has its traffic, and a gateway may hear of that first: its callers go on with the other. */
  #followRoute(): boolean {
    const route = this.#context.routes.get(this.#route?.id ?? '');
    const now = this.#context.now();
    if (route === undefined || route.serving === '' || now - this.#startedAt > changeMs) return false;
    this.#follow(route);
    this.#context.slots.borrow(route.serving, this, now);
    return true;
  }

  onUpstreamConnected(): void {
    if (this.#upstream !== undefined && this.#stage === 'connecting') this.#send(this.#upstream);
  }

  #send(upstream: Upstream): void {
    this.#stage = 'open';
    if (this.#request.done || this.#isHeadSent) {
      this.#isHeadSent = true;
      upstream.socket.write(this.#head + (this.#replay ?? ''), 'latin1');
      if (!this.#request.done) this.#client.feedBody();
      return;
    }
    if (this.#client.feedBody()) return;
    if (this.#expectsContinue) this.#client.socket.write('HTTP/1.1 100 Continue\r\n\r\n', 'latin1');
    this.#isHeadSent = true;
    upstream.socket.write(this.#head, 'latin1');
  }

  /** Sends body bytes on; answers where the bytes of this body end. */
  pushBody(bytes: Buffer, from: number, end: number, now: number): number {
    const upstream = this.#upstream;
    if (upstream === undefined) return end;
    const request = this.#request;
    const before = this.#isHeadSent ? '' : this.#head;
    this.#replay = before === '' ? undefined : '';
    const room = request.push(bytes, from, end, upstream.socket, before);
    if (request.malformed) {
      this.abandon('BadRequest', 'The chunked body is malformed.');
      return end;
    }
    if (request.bytes > this.#context.limits.bodyBytes) {
      this.abandon('BodyTooLarge', `The body is larger than ${this.#context.limits.bodyBytes} bytes.`);
      return end;
    }
    if (before !== '') {
      this.#isHeadSent = true;
      this.#replay = request.text;
    }
    this.#sentAt = now;
    if (this.#copies !== undefined) {
      for (const copy of this.#copies) copy.push(bytes, from, request.consumed);
      if (request.done) this.#sendCopies(now);
    }
    if (!room) this.#client.socket.pause();
    return request.consumed;
  }

  /** Gives the exchange up, with an answer when none has begun. */
  abandon(code: GatewayErrorCode, message: string, failed = false): void {
    this.#dropUpstream(failed ? 'failed' : 'well');
    if (this.#response.isBegun) this.#client.endTruncated();
    else this.#client.answer({ code, message });
  }

  onUpstreamDrain(): void {
    this.#client.socket.resume();
  }

  onUpstreamBytes(bytes: Buffer, length: number): boolean {
    const now = this.#context.now();
    this.#client.lastActive = now;
    if (this.#stage === 'tunnel') return this.#client.tunnelled(bytes, 0, length);
    return this.#response.onBytes(bytes, length, now);
  }

  onUpstreamClosed(): void {
    const upstream = this.#upstream;
    if (upstream === undefined) return;
    if (this.#stage === 'tunnel') return this.#client.closeTunnel();
    if (this.#response.isBegun) {
      if (!upstream.socket.errored && this.#response.endsWithConnection()) return;
      this.#dropUpstream('failed');
      return this.#client.endTruncated();
    }
    const neverConnected = !upstream.connected;
    const again = this.#context.retryIdempotent && (this.method === 'GET' || this.method === 'HEAD' || this.method === 'OPTIONS');
    if ((neverConnected || again) && this.retry(neverConnected ? 'unreachable' : 'failed')) return;
    this.#dropUpstream(neverConnected ? 'unreachable' : 'failed');
    if (neverConnected)
      this.#client.answer({
        code: 'UpstreamUnavailable',
        message: 'The instance of the function cannot be reached. Try again.',
        retryAfterSeconds: 1,
      });
    else
      this.#client.answer({
        code: 'UpstreamReset',
        message: 'The function closed the connection before it answered. Its log may say why.',
      });
  }

  /** Asks another instance, once, when all that was sent can be sent again. */
  retry(outcome: 'failed' | 'unreachable'): boolean {
    const slot = this.#slot;
    if (this.#retried || this.#replay === undefined || slot === undefined) return false;
    this.#retried = true;
    this.#context.metrics.retries++;
    this.#dropUpstream(outcome);
    this.#stage = 'waiting';
    this.#context.slots.borrow(slot.serving, this, this.#context.now(), slot);
    return true;
  }

  /** The first bytes of the answer went to the client. */
  onAnswerBegun(now: number): void {
    if (this.#waitedMs > 0) this.#context.metrics.observeColdStart(now - this.#startedAt);
  }

  /** Said by the instance itself, so that nobody is sent there in the moments before its end is seen. */
  onInstanceEnding(): void {
    if (this.#slot !== undefined) this.#slot.slots = 0;
  }

  onSwitched(): void {
    this.#stage = 'tunnel';
  }

  /** The answer is complete: the upstream connection is kept when nothing of this exchange is left on it. */
  finish(isClean: boolean, now: number): void {
    const upstream = this.#upstream;
    const slot = this.#slot;
    this.#upstream = undefined;
    this.#slot = undefined;
    this.#stage = 'none';
    if (upstream !== undefined && slot !== undefined) {
      if (isClean && this.#request.done) this.#context.pool.give(slot, upstream, now);
      else upstream.destroy();
      this.record(slot.id, now);
      this.#context.slots.release(slot, 'well', now);
    }
    this.#client.next(now);
  }

  record(instance: string, now: number): void {
    const { metrics, log } = this.#context;
    const durationMs = now - this.#startedAt;
    metrics.inFlight--;
    metrics.observe(this.status, durationMs);
    log?.({
      requestId: this.requestId,
      method: this.method,
      host: this.host,
      path: this.path,
      status: this.status,
      durationMs,
      waitedMs: this.#waitedMs,
      serving: this.#route?.serving ?? '',
      instance,
    });
  }

  /** Ends it without an answer; answers whether there was something to end. */
  cancel(): boolean {
    const stage = this.#stage;
    if (stage === 'none') return false;
    if (stage === 'waiting') this.#endWait();
    const instance = this.#slot?.id ?? '';
    this.#dropUpstream('well');
    if (this.status === 0) this.status = 499;
    this.record(instance, this.#context.now());
    return true;
  }

  /** After an answer of the gateway's own. */
  settle(): void {
    this.#stage = 'none';
  }

  resumeUpstream(): void {
    this.#upstream?.socket.resume();
  }

  writeUpstream(bytes: Buffer): boolean {
    return this.#upstream?.socket.write(bytes) ?? true;
  }

  /** Acts on what is overdue; answers when to look again. */
  onCheck(now: number): number {
    const { lastActive } = this.#client;
    if (this.#stage === 'none') return Infinity;
    if (this.#stage === 'waiting') return this.#checkWait(now);
    if (this.#stage === 'tunnel') {
      if (now <= lastActive + this.#timeouts.idleMs) return lastActive + this.#timeouts.idleMs;
      this.#client.destroy();
      return Infinity;
    }
    const times = {
      startedAt: this.#startedAt,
      slotAt: this.#slotAt,
      sentAt: this.#sentAt,
      lastActive,
      isRequestWhole: this.#request.done,
      isAnswerBegun: this.#response.isBegun,
    };
    const verdict = overdue(times, this.#timeouts, now);
    if (typeof verdict === 'number') return verdict;
    this.abandon(verdict.code, verdict.message, verdict.code === 'ResponseTimeout');
    return Infinity;
  }

  #checkWait(now: number): number {
    const limit = this.#startedAt + this.#timeouts.totalMs;
    if (now <= limit) return limit;
    this.#endWait();
    this.abandon('ResponseTimeout', 'No instance of the function could be had in time.');
    return Infinity;
  }

  #endWait(): void {
    this.#context.routeWaits.cancel(this);
    this.#context.slots.cancel(this.#route?.serving ?? '', this);
  }

  #dropUpstream(outcome: 'well' | 'failed' | 'unreachable'): void {
    const slot = this.#slot;
    this.#upstream?.destroy();
    this.#upstream = undefined;
    this.#slot = undefined;
    this.#stage = 'none';
    if (slot !== undefined) this.#context.slots.release(slot, outcome, this.#context.now());
  }
}
