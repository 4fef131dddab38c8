import { HeadLines } from './head-lines.ts';
import { isStripped } from './stripped-headers.ts';

// RFC 9110 6.5.1: what frames, routes, or authenticates a message has no place behind it.
const forbidden = new Set([
  'age',
  'authorization',
  'cache-control',
  'connection',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'cookie',
  'date',
  'expect',
  'expires',
  'host',
  'location',
  'max-forwards',
  'range',
  'retry-after',
  'set-cookie',
  'te',
  'trailer',
  'traceparent',
  'transfer-encoding',
  'upgrade',
  'www-authenticate',
  'x-request-id',
]);
const lines = new HeadLines();

/** The trailer lines that go on, each with its CRLF; undefined: they are malformed. */
export function forwardedTrailers(trailers: string): string | undefined {
  const bytes = Buffer.from(`${trailers}\r\n`, 'latin1');
  if (lines.parse(bytes, 0, bytes.length) !== bytes.length) return undefined;
  let kept = '';
  for (let line = 0; line < lines.count; line++) {
    const start = lines.nameStart[line]!;
    const length = lines.nameEnd[line]! - start;
    const name = bytes.toString('latin1', start, start + length).toLowerCase();
    if (!forbidden.has(name) && !isStripped(bytes, start, length)) kept += bytes.toString('latin1', start, lines.lineEnd[line]);
  }
  return kept;
}
