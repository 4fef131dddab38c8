import type { HeadParser } from '../http1/head-parser.ts';
import { childTraceparent } from '../request-ids.ts';
import { strippedPath } from '../route-table.ts';

/** The head that the function gets, from the parsed fields and the header lines that go on. */
export function upstreamHead(head: HeadParser, options: { stripPrefix: string; requestId: string; remote: string }): string {
  const path = options.stripPrefix === '' ? head.path : strippedPath(head.path, options.stripPrefix);
  const framing = head.chunked
    ? 'transfer-encoding: chunked\r\n'
    : head.contentLength >= 0
      ? `content-length: ${head.contentLength}\r\n`
      : '';
  const upgrade = head.webSocket ? 'connection: upgrade\r\nupgrade: websocket\r\n' : '';
  return (
    `${head.method} ${path}${head.query} HTTP/1.1\r\nhost: ${head.authority}\r\n${head.forwarded}${framing}${upgrade}` +
    `x-forwarded-for: ${options.remote}\r\nx-forwarded-proto: http\r\nx-forwarded-host: ${head.authority}\r\n` +
    `x-request-id: ${options.requestId}\r\ntraceparent: ${childTraceparent(head.traceparent)}\r\n\r\n`
  );
}
