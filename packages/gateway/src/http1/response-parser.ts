import { equalsToken, HeadLines, incomplete, parseLength, startsWithName } from './head-lines.ts';

const dropped = new Set(['connection', 'keep-alive', 'proxy-connection', 'proxy-authenticate', 'te', 'trailer', 'upgrade', 'x-request-id']);

/** The head of one upstream response. One object is reused: its fields hold until the next `parse`. */
export class ResponseParser {
  status = 0;
  contentLength = -1;
  chunked = false;
  keepAlive = false;
  /** The runner refused before user code: another instance may be asked. */
  surplus = false;
  /** `status reason` and header lines that go on to the client. */
  statusLine = '';
  forwarded = '';
  readonly #lines = new HeadLines();

  /** Position after the head, -1 when bytes are missing, -2 when it is no HTTP/1.1 response. */
  parse(bytes: Buffer, from: number, end: number): number {
    if (end - from < 15) return incomplete;
    const version = bytes.toString('latin1', from, from + 9);
    if (version !== 'HTTP/1.1 ' && version !== 'HTTP/1.0 ') return -2;
    const status = parseLength(bytes, from + 9, from + 12);
    if (status < 100 || status > 599) return -2;
    const line = bytes.indexOf(10, from + 12);
    if (line < 0 || line >= end) return incomplete;
    if (bytes[line - 1] !== 13 || (bytes[from + 12] !== 32 && from + 12 !== line - 1)) return -2;
    this.status = status;
    this.statusLine = bytes.toString('latin1', from + 9, line - 1);
    if (this.statusLine.includes('\r')) return -2;
    this.keepAlive = version === 'HTTP/1.1 ';
    const headEnd = this.#lines.parse(bytes, line + 1, end);
    if (headEnd < 0) return headEnd === incomplete ? incomplete : -2;
    return this.#headers(bytes) ? headEnd : -2;
  }

  #headers(bytes: Buffer): boolean {
    const lines = this.#lines;
    this.contentLength = -1;
    this.chunked = false;
    this.surplus = false;
    let forwarded = '';
    let span = -1;
    for (let line = 0; line < lines.count; line++) {
      const verdict = this.#header(bytes, line);
      if (verdict < 0) return false;
      if (verdict === 1) {
        if (span < 0) span = lines.nameStart[line]!;
      } else if (span >= 0) {
        forwarded += bytes.toString('latin1', span, lines.nameStart[line]);
        span = -1;
      }
    }
    if (span >= 0) forwarded += bytes.toString('latin1', span, lines.lineEnd[lines.count - 1]);
    this.forwarded = forwarded;
    return !(this.chunked && this.contentLength >= 0);
  }

  /** 1 passes, 0 is dropped, -1 is malformed. */
  #header(bytes: Buffer, line: number): number {
    const lines = this.#lines;
    const name = lines.nameStart[line]!;
    const nameEnd = lines.nameEnd[line]!;
    const start = lines.valueStart[line]!;
    const end = lines.valueEnd[line]!;
    const length = nameEnd - name;
    if (length === 14 && equalsToken(bytes, name, nameEnd, 'content-length')) {
      if (this.contentLength >= 0) return -1;
      this.contentLength = parseLength(bytes, start, end);
      return this.contentLength < 0 ? -1 : 1;
    }
    if (length === 17 && equalsToken(bytes, name, nameEnd, 'transfer-encoding')) {
      if (this.chunked || !equalsToken(bytes, start, end, 'chunked')) return -1;
      this.chunked = true;
      return 0;
    }
    if (length === 10 && equalsToken(bytes, name, nameEnd, 'connection')) {
      if (bytes.toString('latin1', start, end).toLowerCase().includes('close')) this.keepAlive = false;
      return 0;
    }
    if (length > 13 && startsWithName(bytes, name, 'openfunction-')) {
      if (equalsToken(bytes, name, nameEnd, 'openfunction-surplus')) this.surplus = equalsToken(bytes, start, end, '1');
      return 0;
    }
    const first = bytes[name]! | 32;
    if (first !== 107 && first !== 112 && first !== 116 && first !== 117 && first !== 120) return 1;
    return dropped.has(bytes.toString('latin1', name, nameEnd).toLowerCase()) ? 0 : 1;
  }
}
