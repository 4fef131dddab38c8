import { apiVersionOf, type ResourceKind } from '@openfunction/resources';

/** `/apis/<group>/<version>[/namespaces/<namespace>]/<plural>[/<name>]`; all namespaces when none is given. */
export function resourcePath(kind: ResourceKind, at: { namespace?: string; name?: string; subresource?: string } = {}): string {
  const base = `${kind.group === '' ? '/api' : '/apis'}/${apiVersionOf(kind)}`;
  const place = kind.namespaced && at.namespace ? `/namespaces/${encodeURIComponent(at.namespace)}` : '';
  const name = at.name === undefined ? '' : `/${encodeURIComponent(at.name)}`;
  return `${base}${place}/${kind.plural}${name}${at.subresource === undefined ? '' : `/${at.subresource}`}`;
}
