import { parseDockerConfig, type RegistryCredentials } from '@openfunction/artifact';
import type { ImageSource } from '@openfunction/local';
import { imagePuller, type RegistryOptions } from '@openfunction/oci';
import { secretKind } from '@openfunction/resources';
import type { Store } from '@openfunction/store';

/** Above those that systemd gives to users and containers, and below those that no program is prepared for. */
const firstId = 0x7000_0000;

export interface CollectedImages extends ImageSource {
  /** Removes those that none of the references stands for; answers how many. */
  collect(references: readonly string[]): number;
}

export interface ImageSourceOptions extends RegistryOptions {
  dir: string;
  store: Pick<Store, 'get'>;
  /** The folders of images that must stay. */
  inUse: () => ReadonlySet<string>;
}

/** Images of registries, pulled with the credentials of the Secrets that a function names. */
export function imageSource(options: ImageSourceOptions): CollectedImages {
  const { store, ...puller } = options;
  const images = imagePuller({ ...puller, ...(process.getuid?.() === 0 ? { firstId } : {}) });

  async function credentialsOf(namespace: string, names: readonly string[]): Promise<RegistryCredentials | undefined> {
    const found = await Promise.all(names.map((name) => store.get(secretKind, { namespace, name })));
    const texts = found.flatMap((secret) => secret?.data?.['.dockerconfigjson'] ?? []);
    if (texts.length === 0) return undefined;
    // The first that names a registry is the most particular.
    return new Map(texts.toReversed().flatMap((text) => [...parseDockerConfig(Buffer.from(text, 'base64').toString())]));
  }

  return {
    collect: (references) => images.collect(references),
    pull: async (ref, { namespace, secrets }) => {
      const credentials = await credentialsOf(namespace, secrets);
      return images.pull(ref, credentials === undefined ? {} : { credentials });
    },
  };
}
