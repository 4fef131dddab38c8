import { parseDockerConfig, type RegistryCredentials } from '@openfunction/artifact';
import type { Serving, ConfigSource } from '@openfunction/resources';
import type { NamedAccess } from '../artifact-cache.ts';

/** The Secrets that a Serving's image is pulled with, the most particular first. */
export function pullSecretsOf({ imageCredentials, template }: Pick<Serving['spec'], 'imageCredentials' | 'template'>): string[] {
  return [
    ...new Set(
      [...(imageCredentials === undefined ? [] : [imageCredentials]), ...(template?.imagePullSecrets ?? [])].map(({ name }) => name),
    ),
  ];
}

/** The credentials of a Serving's image, one object per version of the Secrets; undefined where none can be read. */
export function imageAccess(source: ConfigSource): (serving: Serving) => NamedAccess | undefined {
  const parsed = new WeakMap<object, RegistryCredentials>();
  const joined = new Map<string, { parts: RegistryCredentials[]; credentials: RegistryCredentials }>();

  function credentialsIn(values: Readonly<Record<string, Buffer>> | undefined): RegistryCredentials[] {
    const text = values?.['.dockerconfigjson'];
    if (values === undefined || text === undefined) return [];
    const credentials = parsed.get(values) ?? parseDockerConfig(text.toString());
    parsed.set(values, credentials);
    return [credentials];
  }

  return ({ metadata: { namespace = '' }, spec }) => {
    const names = pullSecretsOf(spec);
    const parts = names.flatMap((name) => credentialsIn(source.get('Secret', { namespace, name })));
    const [only] = parts;
    if (only === undefined) return undefined;
    const name = `${namespace}/${names.join('/')}`;
    if (parts.length === 1) return { name, credentials: only };
    const known = joined.get(name);
    const isSame = known?.parts.length === parts.length && known.parts.every((part, at) => part === parts[at]);
    const credentials = isSame ? known.credentials : new Map(parts.toReversed().flatMap((part) => [...part]));
    joined.set(name, { parts, credentials });
    return { name, credentials };
  };
}
