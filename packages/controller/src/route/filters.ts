import type { Key, RouteFilter } from '@openfunction/resources';
import type { Filters, HeaderChanges, PathChange } from './messages.ts';
import type { MayRefer } from './references.ts';

/** What the filters of a rule come to, and which cannot be had; undefined when there are none. */
export function planFilters(
  filters: readonly RouteFilter[],
  { at, own, mayRefer }: { at: string; own: Key; mayRefer: MayRefer },
): { filters?: Filters; refused: string[] } {
  if (filters.length === 0) return { refused: [] };
  const planned: Filters = { rewriteHost: '', mirrors: [] };
  const refused: string[] = [];
  for (const [index, filter] of filters.entries()) {
    const { requestRedirect, urlRewrite, requestHeaderModifier, responseHeaderModifier, requestMirror } = filter;
    if (requestRedirect !== undefined) planned.redirect = planRedirect(requestRedirect);
    if (urlRewrite?.hostname !== undefined) planned.rewriteHost = urlRewrite.hostname;
    if (urlRewrite?.path !== undefined) planned.rewritePath = planPath(urlRewrite.path);
    if (requestHeaderModifier !== undefined) planned.requestHeaders = planHeaders(requestHeaderModifier);
    if (responseHeaderModifier !== undefined) planned.responseHeaders = planHeaders(responseHeaderModifier);
    if (requestMirror === undefined) continue;
    const { name, namespace = own.namespace } = requestMirror.backendRef;
    const to: Key = { name, namespace };
    if (mayRefer(own, to)) planned.mirrors.push({ route: `${namespace}/${name}`, share: shareOf(requestMirror) });
    else
      refused.push(
        `${at}[${index}].requestMirror.backendRef.namespace is another namespace, and no ReferenceGrant of "${namespace}" allows Functions of "${own.namespace}" to name "${name}"`,
      );
  }
  return { filters: planned, refused };
}

function planRedirect(redirect: NonNullable<RouteFilter['requestRedirect']>): Filters['redirect'] {
  const { scheme = '', hostname = '', port = 0, statusCode = 302, path } = redirect;
  return { scheme, host: hostname, port, status: statusCode, ...(path === undefined ? {} : { path: planPath(path) }) };
}

function planPath(path: NonNullable<NonNullable<RouteFilter['urlRewrite']>['path']>): PathChange {
  const isPrefix = path.type === 'ReplacePrefixMatch';
  return { isPrefix, value: (isPrefix ? path.replacePrefixMatch : path.replaceFullPath) ?? '' };
}

function planHeaders({ set = [], add = [], remove = [] }: NonNullable<RouteFilter['requestHeaderModifier']>): HeaderChanges {
  return { set, add, remove: remove.map((name) => name.toLowerCase()) };
}

function shareOf({ percent, fraction }: NonNullable<RouteFilter['requestMirror']>): number {
  if (percent !== undefined) return percent / 100;
  return fraction === undefined ? 1 : fraction.numerator / (fraction.denominator ?? 100);
}
