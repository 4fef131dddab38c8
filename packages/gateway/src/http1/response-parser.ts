import { equalsBytes, equalsToken, HeadLines, incomplete, malformed, parseLength, startsWithName } from './head-lines.ts';
import { withoutNominated } from './stripped-headers.ts';

const dropped = ['keep-alive', 'proxy-connection', 'proxy-authenticate', 'te', 'upgrade', 'x-request-id'];
const firstLetters = new Uint8Array(256);
for (const name of dropped) {
  firstLetters[name.charCodeAt(0)] = 1;
  firstLetters[name.charCodeAt(0) - 32] = 1;
}

/** The head of one upstream response. One object is reused: its fields hold until the next `parse`. */
export class ResponseParser {
  status = 0;
  contentLength = -1;
  chunked = false;
  keepAlive = false;
  /** The runner refused before user code: another instance may be asked. */
  surplus = false;
  /** The instance ends after this answer: nothing more may be sent to it. */
  ending = false;
  /** `status reason` and header lines that go on to the client. */
  statusLine = '';
  forwarded = '';
  readonly #lines = new HeadLines();
  #nominated: Set<string> | undefined;

  /** Position after the head, -1 when bytes are missing, -2 when it is no HTTP/1 response. */
  parse(bytes: Buffer, from: number, end: number): number {
    if (end - from < 15) return incomplete;
    if (!equalsBytes(bytes, from, 'HTTP/1.') || (bytes[from + 7] !== 49 && bytes[from + 7] !== 48) || bytes[from + 8] !== 32)
      return malformed;
    const status = parseLength(bytes, from + 9, from + 12);
    if (status < 100 || status > 599) return malformed;
    const line = this.#reason(bytes, from, end, status);
    if (line < 0) return line;
    this.status = status;
    this.keepAlive = bytes[from + 7] === 49;
    const headEnd = this.#lines.parse(bytes, line, end);
    if (headEnd < 0) return headEnd === incomplete ? incomplete : malformed;
    return this.#headers(bytes) ? headEnd : malformed;
  }

  /** Position after the status line. */
  #reason(bytes: Buffer, from: number, end: number, status: number): number {
    if (status === 200 && end - from > 17 && equalsBytes(bytes, from + 12, ' OK\r\n')) {
      this.statusLine = '200 OK';
      return from + 17;
    }
    const line = bytes.subarray(0, end).indexOf(10, from + 12);
    if (line < 0) return incomplete;
    if (bytes[line - 1] !== 13 || (bytes[from + 12] !== 32 && from + 12 !== line - 1)) return malformed;
    this.statusLine = bytes.toString('latin1', from + 9, line - 1);
    // oxlint-disable-next-line no-control-regex -- they are what is looked for
    return /[\u0000-\u0008\u000a-\u001f\u007f]/.test(this.statusLine) ? malformed : line + 1;
  }

  #headers(bytes: Buffer): boolean {
    const lines = this.#lines;
    this.contentLength = -1;
    this.chunked = false;
    this.surplus = false;
    this.ending = false;
    this.#nominated = undefined;
    // Neither has a body, so neither may say how long it is (RFC 9110 8.6).
    const keepsLength = this.status >= 200 && this.status !== 204;
    let forwarded = '';
    let span = -1;
    for (let line = 0; line < lines.count; line++) {
      const verdict = this.#header(bytes, line, keepsLength);
      if (verdict < 0) return false;
      if (verdict === 1) {
        if (span < 0) span = lines.nameStart[line]!;
      } else if (span >= 0) {
        forwarded += bytes.toString('latin1', span, lines.nameStart[line]);
        span = -1;
      }
    }
    if (span >= 0) forwarded += bytes.toString('latin1', span, lines.lineEnd[lines.count - 1]);
    this.forwarded = this.#nominated === undefined ? forwarded : withoutNominated(forwarded, this.#nominated);
    return !(this.chunked && this.contentLength >= 0);
  }

  /** 1 passes, 0 is dropped, -1 is malformed. */
  #header(bytes: Buffer, line: number, keepsLength: boolean): number {
    const lines = this.#lines;
    const name = lines.nameStart[line]!;
    const nameEnd = lines.nameEnd[line]!;
    const start = lines.valueStart[line]!;
    const end = lines.valueEnd[line]!;
    const length = nameEnd - name;
    if (length === 14 && equalsToken(bytes, name, nameEnd, 'content-length')) {
      if (this.contentLength >= 0) return -1;
      this.contentLength = parseLength(bytes, start, end);
      return this.contentLength < 0 ? -1 : keepsLength ? 1 : 0;
    }
    if (length === 17 && equalsToken(bytes, name, nameEnd, 'transfer-encoding')) {
      if (this.chunked || !equalsToken(bytes, start, end, 'chunked')) return -1;
      this.chunked = true;
      return 0;
    }
    if (length === 10 && equalsToken(bytes, name, nameEnd, 'connection')) {
      if (!equalsToken(bytes, start, end, 'keep-alive')) this.#connection(bytes.toString('latin1', start, end));
      return 0;
    }
    if (length > 13 && startsWithName(bytes, name, 'openfunction-')) {
      if (equalsToken(bytes, name, nameEnd, 'openfunction-surplus')) this.surplus = equalsToken(bytes, start, end, '1');
      if (equalsToken(bytes, name, nameEnd, 'openfunction-ending')) this.ending = equalsToken(bytes, start, end, '1');
      return 0;
    }
    if (firstLetters[bytes[name]!] === 0) return 1;
    for (const one of dropped) if (equalsToken(bytes, name, nameEnd, one)) return 0;
    return 1;
  }

  #connection(value: string): void {
    for (const part of value.split(',')) {
      const token = part.trim().toLowerCase();
      if (token === 'close') this.keepAlive = false;
      else if (token !== '' && token !== 'content-length' && token !== 'content-type') (this.#nominated ??= new Set()).add(token);
    }
  }
}
