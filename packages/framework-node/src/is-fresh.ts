import type { IncomingHttpHeaders, OutgoingHttpHeader } from 'node:http';

/** True when the caller's copy is as good as the answer with this ETag and Last-Modified, so that 304 says enough. */
export function isFresh(
  headers: IncomingHttpHeaders,
  answer: { etag: OutgoingHttpHeader | undefined; lastModified: OutgoingHttpHeader | undefined },
): boolean {
  const match = headers['if-none-match'];
  const since = headers['if-modified-since'];
  if (match === undefined && since === undefined) return false;
  if (/(?:^|,)\s*no-cache\s*(?:,|$)/.test(headers['cache-control'] ?? '')) return false;
  if (match !== undefined) {
    if (match === '*') return true;
    if (typeof answer.etag !== 'string') return false;
    const wanted = answer.etag.replace(/^W\//, '');
    return match.split(',').some((one) => one.trim().replace(/^W\//, '') === wanted);
  }
  const modified = Date.parse(String(answer.lastModified));
  return modified <= Date.parse(since ?? '');
}
