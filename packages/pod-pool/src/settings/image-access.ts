import { parseDockerConfig, type RegistryCredentials } from '@openfunction/artifact';
import type { Serving } from '@openfunction/resources';
import type { NamedAccess } from '../artifact-cache.ts';
import type { ConfigSource } from './config-values.ts';

/** The credentials of a Serving's image, one object per version of the Secret; undefined where none can be read. */
export function imageAccess(source: ConfigSource): (serving: Serving) => NamedAccess | undefined {
  const parsed = new WeakMap<object, RegistryCredentials>();
  return ({ metadata: { namespace = '' }, spec: { imageCredentials } }) => {
    if (imageCredentials === undefined) return undefined;
    const values = source.get('Secret', { namespace, name: imageCredentials.name });
    const text = values?.['.dockerconfigjson'];
    if (values === undefined || text === undefined) return undefined;
    const credentials = parsed.get(values) ?? parseDockerConfig(text.toString());
    parsed.set(values, credentials);
    return { name: `${namespace}/${imageCredentials.name}`, credentials };
  };
}
