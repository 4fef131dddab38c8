import type { ApiKind } from './api-kind.ts';

/** What a resource path names. */
export interface ResourcePath {
  kind: ApiKind;
  /** Absent: all namespaces, or a cluster-scoped kind. */
  namespace?: string;
  name?: string;
  subresource?: string;
}

/** Undefined when no served kind lies at the path. */
export function parseResourcePath(kinds: readonly ApiKind[], pathname: string): ResourcePath | undefined {
  const parts = decoded(pathname);
  if (parts === undefined) return undefined;
  const [root, ...tail] = parts;
  if (root !== 'api' && root !== 'apis') return undefined;
  const group = root === 'apis' ? (tail.shift() ?? '') : '';
  const version = tail.shift() ?? '';
  const served = kinds.filter((kind) => kind.group === group && kind.version === version);
  const namespaced = tail[0] === 'namespaces' && tail.length >= 3 && tail[2] !== 'status' && tail[2] !== 'finalize';
  const namespace = namespaced ? tail[1] : undefined;
  const [plural, name, subresource, ...rest] = namespaced ? tail.slice(2) : tail;
  const kind = served.find((one) => one.plural === plural);
  if (kind === undefined || rest.length > 0) return undefined;
  if (kind.namespaced ? name !== undefined && namespace === undefined : namespace !== undefined) return undefined;
  return { kind, namespace, name, subresource };
}

function decoded(pathname: string): string[] | undefined {
  try {
    const parts = pathname
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent);
    return parts.some((part) => part.includes('/')) ? undefined : parts;
  } catch {
    return undefined;
  }
}
