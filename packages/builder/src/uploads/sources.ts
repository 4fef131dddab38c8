import { repositoryOf, parseReference, type ArtifactAccess, type Artifacts } from '@openfunction/artifact';
import { BuildError } from '../build-error.ts';
import type { HeldSources } from './held-sources.ts';

/** The source trees that builds begin with. */
export interface Sources {
  /** Keeps one beside an image that is going to be; returns its reference by digest. */
  keep(image: string, tar: Uint8Array): Promise<string>;
  /** The one that a build names, as it is now; throws BuildError when there is none. */
  find(image: string, access: ArtifactAccess): Promise<() => Promise<Uint8Array>>;
}

/**
 * Where the store is open to the platform, an upload goes there at once. Where credentials guard it, the upload waits
 * here until a build names it: whoever uploads has no say in which Secret opens the registry, but the Builder has, and
 * who makes one is checked by the API server.
 */
export function sourcesOf(artifacts: Artifacts, held: HeldSources | undefined): Sources {
  const find = async (image: string, access: ArtifactAccess): Promise<() => Promise<Uint8Array>> => {
    const found = await artifacts.stat(image, access);
    if (found === undefined && parseReference(image).digest !== undefined)
      throw new BuildError(
        'UploadLost',
        `The source "${image}" is not there any more: what "ofn deploy" sends waits an hour for its build, and goes with the builder that holds it. Run "ofn deploy" again.`,
      );
    if (found?.kind !== 'source')
      throw new BuildError(
        'SourceNotFound',
        found === undefined
          ? `There is no source "${image}". Send it with ofn deploy, or correct srcRepo.bundleContainer.image.`
          : `"${image}" holds no source tree but a ${found.kind}. Send the source with ofn deploy.`,
      );
    // By digest: what a tag names may have moved by the time that the build asks for it.
    const pinned = `${image.split('@')[0]}@${found.digest}`;
    return () => artifacts.getSource(pinned, access);
  };
  return {
    keep: async (image, tar) => {
      const repository = repositoryOf(parseReference(image));
      if (!artifacts.guarded) return `${repository}@${await artifacts.putSource(`${repository}:source`, tar)}`;
      if (held === undefined)
        throw new BuildError('SourceRefused', 'This builder takes no uploads. Let srcRepo.url name a git repository.');
      return `${repository}@${await held.put(tar)}`;
    },
    find: async (image, access) => {
      const reference = parseReference(image);
      const tar = reference.digest === undefined ? undefined : await held?.get(reference.digest);
      // From now on the registry has it: the function can be built again from what it names.
      if (tar !== undefined) await artifacts.putSource(`${repositoryOf(reference)}:source`, tar, access);
      return find(image, access);
    },
  };
}
