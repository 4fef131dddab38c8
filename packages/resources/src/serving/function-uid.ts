import type { Serving } from './schema.ts';

/** The uid of the Function that a Serving is of; its own, where it stands alone. */
export function functionUid({ metadata }: Pick<Serving, 'metadata'>): string {
  return metadata.ownerReferences?.[0]?.uid ?? metadata.uid ?? '';
}
