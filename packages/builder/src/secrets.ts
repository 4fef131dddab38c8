import { parseDockerConfig, type RegistryCredentials } from '@openfunction/artifact';
import { secretKind, type Secret } from '@openfunction/resources';
import type { Store } from '@openfunction/store';
import { BuildError } from './build-error.ts';
import type { GitCredentials } from './git/credentials.ts';

/** The Secrets that a build refers to, read in its own namespace when it begins. */
export interface BuildSecrets {
  /** Of the field that names the Secret; undefined without a name. */
  registryCredentials(namespace: string, name: string | undefined, field?: string): Promise<RegistryCredentials | undefined>;
  /** The text of an .npmrc; undefined without a name. */
  npmrc(namespace: string, from: { name: string; key: string } | undefined): Promise<string | undefined>;
  /** Of `srcRepo.credentials`. */
  gitCredentials(namespace: string, name: string | undefined): Promise<GitCredentials | undefined>;
}

/** `knownHosts`: SSH hosts that are believed beside those that a Secret names. */
export function storeSecrets(store: Pick<Store, 'get'>, { knownHosts = '' }: { knownHosts?: string } = {}): BuildSecrets {
  const read = async (namespace: string, name: string, field: string): Promise<(key: string) => string | undefined> => {
    const secret = await store.get(secretKind, { namespace, name });
    if (secret === undefined)
      throw new BuildError('SecretNotFound', `There is no Secret "${name}" in the namespace ${namespace}. Make it, or correct ${field}.`);
    return (key) => valueOf(secret, key);
  };
  return {
    registryCredentials: async (namespace, name, field = 'imageCredentials') => {
      if (name === undefined) return undefined;
      const value = await read(namespace, name, field);
      const config = value('.dockerconfigjson');
      const older = value('.dockercfg');
      if (config === undefined && older === undefined)
        throw new BuildError(
          'SecretNotFound',
          `The Secret "${name}" has no .dockerconfigjson. Make it with kubectl create secret docker-registry.`,
        );
      return parseDockerConfig(config ?? `{"auths":${older}}`);
    },
    npmrc: async (namespace, from) => {
      if (from === undefined) return undefined;
      const text = (await read(namespace, from.name, 'shipwright.params'))(from.key);
      if (text !== undefined) return text;
      throw new BuildError(
        'SecretNotFound',
        `The Secret "${from.name}" has no ${from.key}, which the parameter NPMRC names. Put the lines of an .npmrc there.`,
      );
    },
    gitCredentials: async (namespace, name) => {
      if (name === undefined) return undefined;
      const value = await read(namespace, name, 'srcRepo.credentials');
      const privateKey = value('ssh-privatekey');
      if (privateKey !== undefined) return { kind: 'ssh', privateKey, knownHosts: `${value('known_hosts') ?? ''}\n${knownHosts}` };
      const password = value('password');
      if (password === undefined)
        throw new BuildError(
          'SecretNotFound',
          `The Secret "${name}" has neither password nor ssh-privatekey. Make it of type kubernetes.io/basic-auth (a token goes into password) or kubernetes.io/ssh-auth.`,
        );
      return { kind: 'basic', username: value('username') ?? 'git', password };
    },
  };
}

function valueOf({ data, stringData }: Secret, key: string): string | undefined {
  const encoded = data?.[key];
  return encoded === undefined ? stringData?.[key] : Buffer.from(encoded, 'base64').toString('utf8');
}
