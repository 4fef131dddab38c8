import type { ConfigMap, Secret } from '../core.ts';
import type { Key } from '../object.ts';

/** A Secret or ConfigMap, or one key of it, in the namespace of who names it. */
export interface ConfigReference {
  kind: 'Secret' | 'ConfigMap';
  name: string;
  key?: string;
}

/** Values by key, from memory. */
export interface ConfigSource {
  get(kind: ConfigReference['kind'], key: Key): Readonly<Record<string, Buffer>> | undefined;
}

/** By key, whatever the form in which they are written. */
export function valuesOf(object: Secret | ConfigMap): Record<string, Buffer> {
  const secret = object.kind === 'Secret';
  const plain = secret ? (object as Secret).stringData : (object as ConfigMap).data;
  const encoded = secret ? (object as Secret).data : (object as ConfigMap).binaryData;
  return Object.fromEntries([
    ...Object.entries(encoded ?? {}).map(([name, text]) => [name, Buffer.from(text, 'base64')] as const),
    ...Object.entries(plain ?? {}).map(([name, text]) => [name, Buffer.from(text)] as const),
  ]);
}
