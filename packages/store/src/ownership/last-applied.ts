import type { KubeObject } from '@openfunction/resources';
import { isMap } from '../plain.ts';
import { fieldText } from './conflicts.ts';
import { pathsOf } from './field-set.ts';
import { fieldsOf } from './fields-of.ts';
import type { MergeSchema } from './merge-schema.ts';
import { ownable } from './ownable.ts';

/** Where client-side apply keeps what it applied. */
const annotation = 'kubectl.kubernetes.io/last-applied-configuration';

function parsed(text: string): KubeObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isMap(value) && isMap(value['metadata']) ? (value as unknown as KubeObject) : undefined;
  } catch {
    return undefined;
  }
}

/** The fields that client-side apply set last, as text; none when it never did. */
export function clientApplied(live: KubeObject, schema: MergeSchema): ReadonlySet<string> {
  const object = parsed(live.metadata.annotations?.[annotation] ?? '');
  if (object === undefined) return new Set();
  const paths = pathsOf(fieldsOf(ownable(object, { hasStatus: true }), schema)).map(fieldText);
  return new Set([...paths, `.metadata.annotations.${annotation}`]);
}
