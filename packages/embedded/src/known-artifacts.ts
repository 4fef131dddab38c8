import { ArtifactError, type Artifacts } from '@openfunction/artifact';

/** What was built here; what was not, is asked of its registry. */
export function knownArtifacts(
  built: Pick<Artifacts, 'get' | 'stat'>,
  registry: Pick<Artifacts, 'get' | 'stat'>,
): Pick<Artifacts, 'get' | 'stat'> {
  return {
    get: async (ref, access) => {
      try {
        return await built.get(ref);
      } catch (error) {
        if (error instanceof ArtifactError && error.code === 'ArtifactNotFound') return registry.get(ref, access);
        throw error;
      }
    },
    stat: async (ref, access) => (await built.stat(ref)) ?? registry.stat(ref, access),
  };
}
