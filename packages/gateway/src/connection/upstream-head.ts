import type { HeadParser } from '../http1/head-parser.ts';
import { childTraceparent } from '../request-ids.ts';
import { changedHeaders, changedPath } from '../route/filters.ts';
import { strippedPath } from '../route/prefix.ts';
import type { RouteEntry } from '../route/route.ts';

export interface UpstreamHeadOptions {
  entry: RouteEntry;
  requestId: string;
  remote: string;
}

/** The head that the function gets, from the parsed fields and the header lines that go on. */
export function upstreamHead(head: HeadParser, options: UpstreamHeadOptions): string {
  const framing = head.chunked
    ? 'transfer-encoding: chunked\r\n'
    : head.contentLength >= 0
      ? `content-length: ${head.contentLength}\r\n`
      : '';
  const upgrade = head.webSocket ? 'connection: upgrade\r\nupgrade: websocket\r\n' : '';
  return unframedHead(head, options) + framing + upgrade + '\r\n';
}

/** The same without what says how the body comes, and without its end. */
export function unframedHead(head: HeadParser, { entry, requestId, remote }: UpstreamHeadOptions): string {
  const { filters, stripPrefix } = entry;
  const stripped = stripPrefix === '' ? head.path : strippedPath(head.path, stripPrefix);
  const path = filters === undefined ? stripped : changedPath(stripped, filters.rewritePath, entry.path.value);
  const host = filters === undefined ? head.authority : filters.rewriteHost || head.authority;
  // From inside alone: what comes from outside was never written by a runtime.
  const token = entry.internal && head.appToken !== '' ? `dapr-api-token: ${head.appToken}\r\n` : '';
  const lines = filters?.requestHeaders === undefined ? head.forwarded : changedHeaders(head.forwarded, filters.requestHeaders);
  return (
    `${head.method} ${path}${head.query} HTTP/1.1\r\nhost: ${host}\r\n${lines}${token}` +
    `x-forwarded-for: ${remote}\r\nx-forwarded-proto: http\r\nx-forwarded-host: ${head.authority}\r\n` +
    `x-request-id: ${requestId}\r\ntraceparent: ${childTraceparent(head.traceparent)}\r\n`
  );
}
