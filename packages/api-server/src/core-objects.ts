import type { ConfigMap, FieldCause, KubeObject, ResourceKind, Secret } from '@openfunction/resources';
import type { ApiKind } from './api-kind.ts';
import { sameJson } from './json.ts';

const mostBytes = 1024 * 1024;

function isKey(key: string): boolean {
  return key.length <= 253 && /^[-._a-zA-Z0-9]+$/.test(key) && key !== '.' && !key.startsWith('..');
}

function isBase64(value: string): boolean {
  return /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value.replaceAll(/\s/g, ''));
}

/** The object as Kubernetes stores it: a Secret holds base64 alone, and has a type. */
export function settled(kind: ApiKind, object: KubeObject): KubeObject {
  if (kind.group !== '' || kind.kind !== 'Secret') return object;
  const { stringData, ...secret } = object as Secret;
  // A client may send anything under this name.
  const plain: Record<string, unknown> = stringData ?? {};
  if (stringData === undefined) return { ...secret, type: secret.type ?? 'Opaque' } as Secret;
  const given = Object.entries(plain).map(
    ([key, value]) => [key, typeof value === 'string' ? Buffer.from(value).toString('base64') : value] as const,
  );
  return { ...secret, type: secret.type ?? 'Opaque', data: { ...secret.data, ...Object.fromEntries(given) } } as Secret;
}

/** What is wrong with a Secret or a ConfigMap; of other kinds nothing. */
export function validateCoreObject(kind: ResourceKind, object: KubeObject, old?: KubeObject): FieldCause[] {
  if (kind.group !== '' || (kind.kind !== 'Secret' && kind.kind !== 'ConfigMap')) return [];
  const isSecret = kind.kind === 'Secret';
  const { data, binaryData } = object as ConfigMap;
  return [
    ...checkEntries(data, 'data', isSecret),
    ...(isSecret ? [] : checkEntries(binaryData, 'binaryData', true)),
    ...checkImmutable(object, old),
  ];
}

function checkEntries(entries: unknown, field: string, areBytes: boolean): FieldCause[] {
  if (entries === undefined || entries === null) return [];
  if (typeof entries !== 'object' || Array.isArray(entries)) return [invalid(field, 'must be a map of text')];
  const causes = Object.entries(entries).flatMap(([key, value]) => {
    const at = `${field}[${key.slice(0, 80)}]`;
    if (!isKey(key)) return [invalid(at, 'a key may have letters, digits, -, _ and . and at most 253 of them')];
    if (typeof value !== 'string') return [invalid(at, 'must be text; write it in quotes')];
    return areBytes && !isBase64(value) ? [invalid(at, 'is not base64; write plain text under stringData')] : [];
  });
  const size = Object.values(entries).reduce((sum: number, value) => sum + String(value).length, 0);
  return size > mostBytes ? [...causes, invalid(field, 'is larger than 1 MiB; store less')] : causes;
}

function checkImmutable(object: KubeObject, old?: KubeObject): FieldCause[] {
  const { immutable, data, binaryData } = (old ?? {}) as { immutable?: boolean } & ConfigMap;
  if (immutable !== true) return [];
  const next = object as { immutable?: boolean } & ConfigMap;
  if (next.immutable !== true)
    return [{ field: 'immutable', reason: 'FieldValueForbidden', message: 'cannot be unset; create another object' }];
  const isSame = sameJson(next.data ?? {}, data ?? {}) && sameJson(next.binaryData ?? {}, binaryData ?? {});
  return isSame
    ? []
    : [{ field: 'data', reason: 'FieldValueForbidden', message: 'cannot change, because immutable is set; create another object' }];
}

function invalid(field: string, message: string): FieldCause {
  return { field, reason: 'FieldValueInvalid', message };
}
