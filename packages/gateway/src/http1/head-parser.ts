import type { GatewayErrorCode } from '../error-codes.ts';
import { equalsBytes, equalsToken, HeadLines, incomplete, parseLength, startsWithName, tokenByte, tooMany } from './head-lines.ts';
import { HostCache } from './host-cache.ts';
import { parseTarget } from './request-target.ts';
import { isStripped, withoutNominated } from './stripped-headers.ts';

const methods = ['GET', 'POST', 'PUT', 'HEAD', 'PATCH', 'DELETE', 'OPTIONS'];
const keptWhenNominated = new Set(['host', 'content-length', 'transfer-encoding', 'authorization', 'cookie', 'content-type']);

export type HeadResult =
  | { kind: 'incomplete' }
  | { kind: 'done'; end: number }
  | { kind: 'refused'; code: GatewayErrorCode; message: string };

const needMore: HeadResult = { kind: 'incomplete' };

/** The head of one HTTP/1 request. One object is reused: its fields hold until the next `parse`. */
export class HeadParser {
  method = '';
  /** The minor version: 0 or 1. */
  minor = 1;
  /** Path, in its one spelling, without the query; or `*`. */
  path = '';
  /** `?query`, or empty. */
  query = '';
  /** As it was sent. */
  authority = '';
  /** Lower case, without port. */
  host = '';
  /** -1: none was sent. */
  contentLength = -1;
  chunked = false;
  close = false;
  expectContinue = false;
  /** A complete WebSocket handshake. */
  webSocket = false;
  requestId = '';
  traceparent = '';
  /** By which a function knows its runtime of building blocks. */
  appToken = '';
  /** The header lines that go on to the function, each with its CRLF. */
  forwarded = '';
  readonly #lines = new HeadLines();
  readonly #known = new HostCache();
  readonly #done: { kind: 'done'; end: number } = { kind: 'done', end: 0 };
  #upgrade = '';
  #connectionUpgrade = false;
  #webSocketKey = false;
  #hosts = 0;
  #nominated: Set<string> | undefined;

  parse(bytes: Buffer, from: number, end: number): HeadResult {
    this.#reset();
    let at = from;
    while (at < end && tokenByte[bytes[at]!] === 1) at++;
    if (at - from > 32) return refuse('BadRequest', 'the method is longer than 32 characters');
    if (at >= end) return needMore;
    if (at === from || bytes[at] !== 32) return refuse('BadRequest', 'the request line does not begin with a method and one space');
    const methodEnd = at;
    const target = ++at;
    while (at < end && bytes[at]! > 32 && bytes[at]! < 127) at++;
    if (at >= end) return needMore;
    if (bytes[at] !== 32 || at === target) return refuse('BadRequest', 'the request line is not "METHOD target HTTP/1.1"');
    const targetEnd = at++;
    if (end - at < 10)
      return bytes.subarray(at, end).includes(10) ? refuse('BadRequest', 'the request line has no HTTP version') : needMore;
    const wrong = this.#version(bytes, at);
    if (wrong !== undefined) return wrong;
    const headEnd = this.#lines.parse(bytes, at + 10, end);
    if (headEnd === incomplete) return needMore;
    if (headEnd === tooMany) return refuse('HeadTooLarge', 'there are more than 100 header lines');
    if (headEnd < 0) return refuse('BadRequest', 'a header line is malformed');
    return this.#method(bytes, from, methodEnd) ?? this.#headers(bytes) ?? this.#target(bytes, target, targetEnd) ?? this.#finish(headEnd);
  }

  #reset(): void {
    this.contentLength = -1;
    this.chunked = false;
    this.close = false;
    this.expectContinue = false;
    this.webSocket = false;
    this.requestId = '';
    this.traceparent = '';
    this.appToken = '';
    this.authority = '';
    this.#upgrade = '';
    this.#connectionUpgrade = false;
    this.#webSocketKey = false;
    this.#hosts = 0;
    this.#nominated = undefined;
  }

  #version(bytes: Buffer, at: number): HeadResult | undefined {
    if (!equalsBytes(bytes, at, 'HTTP/1.') || (bytes[at + 7] !== 49 && bytes[at + 7] !== 48))
      return refuse('BadRequest', 'only HTTP/1.1 and HTTP/1.0 are served here');
    if (bytes[at + 8] !== 13 || bytes[at + 9] !== 10) return refuse('BadRequest', 'the request line does not end in CRLF');
    this.minor = bytes[at + 7]! - 48;
    return undefined;
  }

  #method(bytes: Buffer, start: number, end: number): HeadResult | undefined {
    for (const method of methods) {
      if (method.length !== end - start || !equalsBytes(bytes, start, method)) continue;
      this.method = method;
      return undefined;
    }
    return refuse('MethodNotAllowed', 'the method is not GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS');
  }

  #target(bytes: Buffer, start: number, end: number): HeadResult | undefined {
    const target = parseTarget(bytes.toString('latin1', start, end), this.method);
    if (target === undefined)
      return refuse(
        'BadRequest',
        'the request target is not a plain path: empty or dot segments, backslashes and encoded separators are refused',
      );
    if (target.authority !== '' && target.authority.toLowerCase() !== this.authority.toLowerCase())
      return refuse('BadRequest', 'the request target and the Host header name different hosts');
    this.path = target.path;
    this.query = target.query;
    return undefined;
  }

  #headers(bytes: Buffer): HeadResult | undefined {
    const lines = this.#lines;
    let forwarded = '';
    let span = -1;
    for (let line = 0; line < lines.count; line++) {
      const result = this.#header(bytes, line);
      if (typeof result === 'object') return result;
      if (result) {
        if (span < 0) span = lines.nameStart[line]!;
      } else if (span >= 0) {
        forwarded += bytes.toString('latin1', span, lines.nameStart[line]);
        span = -1;
      }
    }
    if (span >= 0) forwarded += bytes.toString('latin1', span, lines.lineEnd[lines.count - 1]);
    this.forwarded = this.#nominated === undefined ? forwarded : withoutNominated(forwarded, this.#nominated);
    return undefined;
  }

  /** Whether the line goes on to the function, or why the request is refused. */
  #header(bytes: Buffer, line: number): boolean | HeadResult {
    const lines = this.#lines;
    const name = lines.nameStart[line]!;
    const length = lines.nameEnd[line]! - name;
    const start = lines.valueStart[line]!;
    const end = lines.valueEnd[line]!;
    switch (length) {
      case 4:
        if (!startsWithName(bytes, name, 'host')) break;
        return this.#host(bytes, start, end);
      case 6:
        if (!equalsToken(bytes, name, name + length, 'expect')) break;
        return this.#expect(bytes, start, end);
      case 7:
        if (!equalsToken(bytes, name, name + length, 'upgrade')) break;
        this.#upgrade = bytes.toString('latin1', start, end).toLowerCase();
        return false;
      case 10:
        if (!equalsToken(bytes, name, name + length, 'connection')) break;
        this.#connection(bytes.toString('latin1', start, end));
        return false;
      case 11:
        if (!startsWithName(bytes, name, 'traceparent')) break;
        this.traceparent = saneTraceparent(bytes.toString('latin1', start, end));
        return false;
      case 12:
        if (!startsWithName(bytes, name, 'x-request-id')) break;
        this.requestId = saneRequestId(bytes, start, end);
        return false;
      case 14:
        if (equalsToken(bytes, name, name + length, 'content-length')) return this.#contentLength(bytes, start, end);
        if (!equalsToken(bytes, name, name + length, 'dapr-api-token')) break;
        this.appToken = bytes.toString('latin1', start, end);
        return false;
      case 17:
        if (equalsToken(bytes, name, name + length, 'transfer-encoding')) return this.#coding(bytes, start, end);
        if (equalsToken(bytes, name, name + length, 'sec-websocket-key')) this.#webSocketKey = true;
        break;
    }
    return !isStripped(bytes, name, length);
  }

  #host(bytes: Buffer, start: number, end: number): boolean | HeadResult {
    if (++this.#hosts > 1) return refuse('BadRequest', 'there must be exactly one Host header');
    const known = this.#known.find(bytes, start, end);
    if (known === undefined) return refuse('BadRequest', 'the Host header is not a host name with an optional port');
    this.authority = known.authority;
    this.host = known.host;
    return false;
  }

  #expect(bytes: Buffer, start: number, end: number): boolean | HeadResult {
    if (!equalsToken(bytes, start, end, '100-continue')) return refuse('ExpectationFailed', 'the only expectation known is 100-continue');
    this.expectContinue = true;
    return false;
  }

  #contentLength(bytes: Buffer, start: number, end: number): boolean | HeadResult {
    if (this.contentLength >= 0) return refuse('BadRequest', 'there are two Content-Length headers');
    this.contentLength = parseLength(bytes, start, end);
    return this.contentLength < 0 ? refuse('BadRequest', 'Content-Length is not a number of at most 15 digits') : false;
  }

  #coding(bytes: Buffer, start: number, end: number): boolean | HeadResult {
    if (this.chunked || !equalsToken(bytes, start, end, 'chunked'))
      return refuse('BadRequest', 'the only Transfer-Encoding known is "chunked", once');
    this.chunked = true;
    return false;
  }

  #connection(value: string): void {
    for (const part of value.split(',')) {
      const token = part.trim().toLowerCase();
      if (token === 'close') this.close = true;
      else if (token === 'upgrade') this.#connectionUpgrade = true;
      else if (token !== 'keep-alive' && token !== '' && !keptWhenNominated.has(token)) (this.#nominated ??= new Set()).add(token);
    }
  }

  #finish(end: number): HeadResult {
    if (this.#hosts !== 1) return refuse('BadRequest', 'there must be exactly one Host header');
    if (this.chunked && this.contentLength >= 0) return refuse('BadRequest', 'Content-Length and Transfer-Encoding exclude each other');
    if (this.minor === 0) {
      if (this.chunked) return refuse('BadRequest', 'HTTP/1.0 knows no Transfer-Encoding');
      this.close = true;
      this.expectContinue = false;
    } else if (this.#connectionUpgrade && this.#upgrade === 'websocket') {
      if (this.method !== 'GET' || !this.#webSocketKey || this.chunked || this.contentLength > 0)
        return refuse('BadRequest', 'a WebSocket handshake is a GET with Sec-WebSocket-Key and without a body');
      this.webSocket = true;
    }
    this.#done.end = end;
    return this.#done;
  }
}

function refuse(code: GatewayErrorCode, message: string): HeadResult {
  return { kind: 'refused', code, message };
}

function saneTraceparent(value: string): string {
  return /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/.test(value) ? value : '';
}

function saneRequestId(bytes: Buffer, start: number, end: number): string {
  if (end - start > 128) return '';
  const value = bytes.toString('latin1', start, end);
  return /^[A-Za-z0-9._-]+$/.test(value) ? value : '';
}
