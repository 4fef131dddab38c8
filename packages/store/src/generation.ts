import type { KubeObject } from '@openfunction/resources';
import { sameJson } from './plain.ts';

function desired(object: KubeObject): unknown {
  const { metadata: _metadata, status: _status, ...rest } = object;
  return rest;
}

/** The generation of `next` when it replaces `old`: one more when anything but metadata and status differs. */
export function nextGeneration(old: KubeObject, next: KubeObject): number | undefined {
  const { generation } = old.metadata;
  if (generation === undefined) return undefined;
  return sameJson(desired(old), desired(next)) ? generation : generation + 1;
}
