import { normalisePath } from './normalise-path.ts';

/** Where a request goes: RFC 9112 3.2, without the authority form. */
export interface RequestTarget {
  /** Path in its one spelling, or `*`. */
  path: string;
  /** `?query`, or empty. */
  query: string;
  /** Of the absolute form, else empty. */
  authority: string;
}

/** One object is reused: it holds until the next call. Undefined: the target is ambiguous or no target. */
export function parseTarget(target: string, method: string): RequestTarget | undefined {
  if (target.charCodeAt(0) === 47) return originForm(target, '');
  if (target === '*') return method === 'OPTIONS' ? fill('*', '', '') : undefined;
  const absolute = /^http:\/\/([^/?#]+)([/?][^#]*)?$/i.exec(target);
  if (absolute === null) return undefined;
  const rest = absolute[2] ?? '/';
  return originForm(rest.startsWith('?') ? `/${rest}` : rest, absolute[1]!);
}

const reused: RequestTarget = { path: '', query: '', authority: '' };

function originForm(target: string, authority: string): RequestTarget | undefined {
  const mark = target.indexOf('?');
  const path = normalisePath(mark < 0 ? target : target.slice(0, mark));
  const query = mark < 0 ? '' : target.slice(mark);
  return path === undefined || query.includes('#') ? undefined : fill(path, query, authority);
}

function fill(path: string, query: string, authority: string): RequestTarget {
  reused.path = path;
  reused.query = query;
  reused.authority = authority;
  return reused;
}
