import type { KubeObject } from '@openfunction/resources/nouns';

/** An object in the order in which people write it, without the bookkeeping of who owns which field. */
export function asWritten({ apiVersion, kind, metadata, ...rest }: KubeObject): object {
  const { managedFields: _managedFields, ...named } = metadata as KubeObject['metadata'] & { managedFields?: unknown };
  return { apiVersion, kind, metadata: named, ...rest };
}
