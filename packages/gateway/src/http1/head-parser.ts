import type { GatewayErrorCode } from '../error-codes.ts';
import { equalsToken, HeadLines, incomplete, parseLength, startsWithName, tokenByte, tooMany } from './head-lines.ts';
import { normalisePath } from './normalise-path.ts';

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const strippedPrefixes = ['x-forwarded-', 'dapr-', 'openfunction-', 'proxy-'];
const strippedNames = new Set([
  'forwarded',
  'x-real-ip',
  'keep-alive',
  'te',
  'trailer',
  'http2-settings',
  'content_length',
  'transfer_encoding',
]);
const keptWhenNominated = new Set(['host', 'content-length', 'transfer-encoding', 'authorization', 'cookie', 'content-type']);

export type HeadResult =
  | { kind: 'incomplete' }
  | { kind: 'done'; end: number }
  | { kind: 'refused'; code: GatewayErrorCode; message: string };

const needMore: HeadResult = { kind: 'incomplete' };

/** The head of one HTTP/1.1 request. One object is reused: its fields hold until the next `parse`. */
export class HeadParser {
  method = '';
  /** Path, in its one spelling, without the query. */
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
  /** The header lines that go on to the function, each with its CRLF. */
  forwarded = '';
  readonly #lines = new HeadLines();
  readonly #done: { kind: 'done'; end: number } = { kind: 'done', end: 0 };
  #upgrade = '';
  #connectionUpgrade = false;
  #webSocketKey = false;
  #hosts = 0;
  #codings = 0;
  #nominated: Set<string> | undefined;

  parse(bytes: Buffer, from: number, end: number): HeadResult {
    this.#reset();
    let at = from;
    while (at < end && tokenByte[bytes[at]!] === 1) at++;
    if (at - from > 32) return refuse('BadRequest', 'the method is longer than 32 characters');
    if (at >= end) return needMore;
    if (at === from || bytes[at] !== 32) return refuse('BadRequest', 'the request line does not begin with a method and one space');
    this.method = bytes.toString('latin1', from, at);
    const target = ++at;
    while (at < end && bytes[at]! > 32 && bytes[at]! < 127) at++;
    if (at >= end) return needMore;
    if (bytes[at] !== 32 || at === target) return refuse('BadRequest', 'the request line is not "METHOD target HTTP/1.1"');
    const targetEnd = at++;
    if (end - at < 10)
      return bytes.subarray(at, end).includes(10) ? refuse('BadRequest', 'the request line has no HTTP version') : needMore;
    const version = bytes.toString('latin1', at, at + 8);
    if (version !== 'HTTP/1.1') {
      return /^HTTP\/\d\.\d$/.test(version)
        ? refuse('VersionNotSupported', 'only HTTP/1.1 is served here')
        : refuse('BadRequest', 'the request line has no HTTP version');
    }
    if (bytes[at + 8] !== 13 || bytes[at + 9] !== 10) return refuse('BadRequest', 'the request line does not end in CRLF');
    const headEnd = this.#lines.parse(bytes, at + 10, end);
    if (headEnd === incomplete) return needMore;
    if (headEnd === tooMany) return refuse('HeadTooLarge', 'there are more than 100 header lines');
    if (headEnd < 0) return refuse('BadRequest', 'a header line is malformed');
    return this.#methodAndTarget(bytes, target, targetEnd) ?? this.#headers(bytes) ?? this.#finish(headEnd);
  }

  #reset(): void {
    this.contentLength = -1;
    this.chunked = false;
    this.close = false;
    this.expectContinue = false;
    this.webSocket = false;
    this.requestId = '';
    this.traceparent = '';
    this.authority = '';
    this.#upgrade = '';
    this.#connectionUpgrade = false;
    this.#webSocketKey = false;
    this.#hosts = 0;
    this.#codings = 0;
    this.#nominated = undefined;
  }

  #methodAndTarget(bytes: Buffer, start: number, end: number): HeadResult | undefined {
    if (!methods.has(this.method)) return refuse('MethodNotAllowed', 'the method is not GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS');
    if (bytes[start] !== 47) return refuse('BadRequest', 'the request target is not a path; send "/path" with a Host header');
    const target = bytes.toString('latin1', start, end);
    const mark = target.indexOf('?');
    const path = normalisePath(mark < 0 ? target : target.slice(0, mark));
    this.query = mark < 0 ? '' : target.slice(mark);
    if (path === undefined || this.query.includes('#')) {
      return refuse('BadRequest', 'the path is ambiguous: empty or dot segments, backslashes and encoded separators are refused');
    }
    this.path = path;
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
        if (!startsWithName(bytes, name, 'host')) return true;
        this.#hosts++;
        this.authority = bytes.toString('latin1', start, end);
        return false;
      case 6:
        if (!startsWithName(bytes, name, 'expect')) break;
        if (!equalsToken(bytes, start, end, '100-continue'))
          return refuse('ExpectationFailed', 'the only expectation known is 100-continue');
        this.expectContinue = true;
        return false;
      case 7:
        if (!startsWithName(bytes, name, 'upgrade')) break;
        this.#upgrade = bytes.toString('latin1', start, end).toLowerCase();
        return false;
      case 10:
        if (!startsWithName(bytes, name, 'connection')) break;
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
        if (!equalsToken(bytes, name, name + length, 'content-length')) break;
        if (this.contentLength >= 0) return refuse('BadRequest', 'there are two Content-Length headers');
        this.contentLength = parseLength(bytes, start, end);
        return this.contentLength < 0 ? refuse('BadRequest', 'Content-Length is not a number of at most 15 digits') : false;
      case 17:
        if (!equalsToken(bytes, name, name + length, 'transfer-encoding')) {
          if (equalsToken(bytes, name, name + length, 'sec-websocket-key')) this.#webSocketKey = true;
          break;
        }
        if (++this.#codings > 1 || !equalsToken(bytes, start, end, 'chunked'))
          return refuse('BadRequest', 'the only Transfer-Encoding known is "chunked", once');
        this.chunked = true;
        return false;
    }
    return this.#passes(bytes, name, length);
  }

  #passes(bytes: Buffer, name: number, length: number): boolean {
    const first = bytes[name]! | 32;
    // Only names that begin with one of c d f h k o p t x can be stripped.
    if (
      first !== 120 &&
      first !== 100 &&
      first !== 111 &&
      first !== 112 &&
      first !== 116 &&
      first !== 107 &&
      first !== 102 &&
      first !== 104 &&
      first !== 99
    )
      return true;
    for (const prefix of strippedPrefixes) if (length >= prefix.length && startsWithName(bytes, name, prefix)) return false;
    return length > 17 || length < 2 || !strippedNames.has(bytes.toString('latin1', name, name + length).toLowerCase());
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
    const host = hostOf(this.authority);
    if (host === undefined) return refuse('BadRequest', 'the Host header is not a host name with an optional port');
    this.host = host;
    if (this.chunked && this.contentLength >= 0) return refuse('BadRequest', 'Content-Length and Transfer-Encoding exclude each other');
    if (this.#connectionUpgrade && this.#upgrade === 'websocket') {
      if (this.method !== 'GET' || !this.#webSocketKey || this.chunked || this.contentLength > 0) {
        return refuse('BadRequest', 'a WebSocket handshake is a GET with Sec-WebSocket-Key and without a body');
      }
      this.webSocket = true;
    }
    this.#done.end = end;
    return this.#done;
  }
}

function refuse(code: GatewayErrorCode, message: string): HeadResult {
  return { kind: 'refused', code, message };
}

function withoutNominated(lines: string, nominated: ReadonlySet<string>): string {
  let kept = '';
  for (const line of lines.split('\r\n')) {
    if (line !== '' && !nominated.has(line.slice(0, line.indexOf(':')).toLowerCase())) kept += `${line}\r\n`;
  }
  return kept;
}

function hostOf(authority: string): string | undefined {
  const match = /^(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})?)(?::\d{1,5})?$/.exec(authority);
  return match?.[1]?.toLowerCase();
}

function saneTraceparent(value: string): string {
  return /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/.test(value) ? value : '';
}

function saneRequestId(bytes: Buffer, start: number, end: number): string {
  if (end - start > 128) return '';
  const value = bytes.toString('latin1', start, end);
  return /^[A-Za-z0-9._-]+$/.test(value) ? value : '';
}
