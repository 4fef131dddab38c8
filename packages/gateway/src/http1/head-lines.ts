export const maxHeaders = 100;

/** Results of a parse that are not a position. */
export const incomplete: number = -1;
export const malformed: number = -2;
export const tooMany: number = -3;

function table(allowed: (code: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, code) => (allowed(code) ? 1 : 0));
}

/** 1 for the bytes of an RFC 9110 token. */
export const tokenByte: Uint8Array = table((code) => /[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(String.fromCharCode(code)) && code < 128);
const valueByte = table((code) => code === 9 || (code >= 0x20 && code !== 0x7f));

/**
 * The header lines of one head, as offsets into the buffer that was parsed. Reused for every head.
 * Lines end in CRLF only; folded lines, empty names and blanks around names are malformed.
 */
export class HeadLines {
  count = 0;
  readonly nameStart: Int32Array = new Int32Array(maxHeaders);
  readonly nameEnd: Int32Array = new Int32Array(maxHeaders);
  readonly valueStart: Int32Array = new Int32Array(maxHeaders);
  readonly valueEnd: Int32Array = new Int32Array(maxHeaders);
  readonly lineEnd: Int32Array = new Int32Array(maxHeaders);

  /** Parses from the first header line; returns the position after the blank line, or a negative result. */
  parse(bytes: Uint8Array, from: number, end: number): number {
    let at = from;
    this.count = 0;
    for (;;) {
      if (at >= end) return incomplete;
      if (bytes[at] === 13) {
        if (at + 1 >= end) return incomplete;
        return bytes[at + 1] === 10 ? at + 2 : malformed;
      }
      const name = at;
      while (at < end && tokenByte[bytes[at]!] === 1) at++;
      if (at >= end) return incomplete;
      if (at === name || bytes[at] !== 58) return malformed;
      const nameEnd = at++;
      while (at < end && (bytes[at] === 32 || bytes[at] === 9)) at++;
      const value = at;
      while (at < end && valueByte[bytes[at]!] === 1) at++;
      if (at >= end) return incomplete;
      if (bytes[at] !== 13) return malformed;
      if (at + 1 >= end) return incomplete;
      if (bytes[at + 1] !== 10) return malformed;
      if (this.count === maxHeaders) return tooMany;
      let valueEnd = at;
      while (valueEnd > value && (bytes[valueEnd - 1] === 32 || bytes[valueEnd - 1] === 9)) valueEnd--;
      at += 2;
      const line = this.count++;
      this.nameStart[line] = name;
      this.nameEnd[line] = nameEnd;
      this.valueStart[line] = value;
      this.valueEnd[line] = valueEnd;
      this.lineEnd[line] = at;
    }
  }
}

/** Whether the name at `start` begins with `lower`; `_` counts as `-`, because CGI-like servers merge the two. */
export function startsWithName(bytes: Uint8Array, start: number, lower: string): boolean {
  for (let index = 0; index < lower.length; index++) {
    let byte = bytes[start + index]!;
    if (byte >= 65 && byte <= 90) byte |= 32;
    else if (byte === 95) byte = 45;
    if (byte !== lower.charCodeAt(index)) return false;
  }
  return true;
}

/** Decimal digits only, at most 15 of them; otherwise -1. */
export function parseLength(bytes: Uint8Array, start: number, end: number): number {
  if (end <= start || end - start > 15) return -1;
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = bytes[at]! - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** Whether the bytes are `lower`, in any case. */
export function equalsToken(bytes: Uint8Array, start: number, end: number, lower: string): boolean {
  if (end - start !== lower.length) return false;
  for (let index = 0; index < lower.length; index++) {
    let byte = bytes[start + index]!;
    if (byte >= 65 && byte <= 90) byte |= 32;
    if (byte !== lower.charCodeAt(index)) return false;
  }
  return true;
}

/** Whether the bytes at `start` are `text`, in this case. */
export function equalsBytes(bytes: Uint8Array, start: number, text: string): boolean {
  for (let index = 0; index < text.length; index++) if (bytes[start + index] !== text.charCodeAt(index)) return false;
  return true;
}
