import { prefixKey } from './prefix.ts';

/** What is changed on the way. */
export interface Filters {
  redirect?: Redirect | undefined;
  /** Host that the function sees; empty: the caller's. */
  rewriteHost: string;
  rewritePath?: PathChange | undefined;
  requestHeaders?: HeaderChanges | undefined;
  responseHeaders?: HeaderChanges | undefined;
  /** Ids of routes that get a copy, each of a share between 0 and 1. */
  mirrors: { route: string; share: number }[];
}

/** Empty and 0: as in the request. */
export interface Redirect {
  scheme: string;
  host: string;
  port: number;
  path?: PathChange | undefined;
  status: number;
}

export interface PathChange {
  /** What is replaced: the prefix of the entry, or all. */
  isPrefix: boolean;
  value: string;
}

export interface HeaderChanges {
  set: Header[];
  add: Header[];
  /** Lower case. */
  remove: string[];
}

interface Header {
  name: string;
  value: string;
}

/** The path after a change; `prefix` is what the entry matched. */
export function changedPath(path: string, change: PathChange | undefined, prefix: string): string {
  if (change === undefined) return path;
  if (!change.isPrefix) return change.value || '/';
  return prefixKey(change.value) + path.slice(prefixKey(prefix).length) || '/';
}

/** Header lines after their changes, each with its CRLF. */
export function changedHeaders(lines: string, { set, add, remove }: HeaderChanges): string {
  const gone = new Set([...remove, ...set.map(({ name }) => name.toLowerCase())]);
  let kept = '';
  for (const line of lines.split('\r\n')) {
    if (line !== '' && !gone.has(line.slice(0, line.indexOf(':')).toLowerCase())) kept += `${line}\r\n`;
  }
  for (const { name, value } of [...set, ...add]) kept += `${name}: ${value}\r\n`;
  return kept;
}

/** Where a redirect leads. */
export function redirectTarget(redirect: Redirect, request: { authority: string; path: string; query: string }, prefix: string): string {
  const port = /:(\d+)$/.exec(request.authority)?.[1] ?? '';
  const ownHost = port === '' ? request.authority : request.authority.slice(0, -port.length - 1);
  // A scheme that is given stands for its own port.
  const newPort = redirect.port > 0 ? String(redirect.port) : redirect.scheme === '' ? port : '';
  const scheme = redirect.scheme || 'http';
  const isUsual = newPort === '' || (scheme === 'http' && newPort === '80') || (scheme === 'https' && newPort === '443');
  const path = changedPath(request.path, redirect.path, prefix);
  return `${scheme}://${redirect.host || ownHost}${isUsual ? '' : `:${newPort}`}${path}${request.query}`;
}
