import type { ArtifactAccess, Artifacts } from '@openfunction/artifact';

export type FetchedArtifact = Awaited<ReturnType<Artifacts['get']>>;

/** Artifacts by reference, in memory up to so many bytes; the one used longest ago goes first. */
export interface ArtifactCache {
  /** What was read with credentials is given only to who names the same ones. */
  get(ref: string, access?: NamedAccess): Promise<FetchedArtifact>;
}

/** Credentials, and the name that stands for them. */
export interface NamedAccess extends ArtifactAccess {
  name: string;
}

/** Give it references by digest: what a tag stands for may change, and would not be asked again. */
export function artifactCache(artifacts: Pick<Artifacts, 'get'>, maxBytes: number): ArtifactCache {
  const kept = new Map<string, FetchedArtifact>();
  const fetching = new Map<string, Promise<FetchedArtifact>>();
  let bytes = 0;

  function keep(ref: string, fetched: FetchedArtifact): void {
    kept.set(ref, fetched);
    bytes += sizeOf(fetched);
    for (const [oldest, artifact] of kept) {
      if (bytes <= maxBytes) return;
      kept.delete(oldest);
      bytes -= sizeOf(artifact);
    }
  }
  async function fetch(id: string, ref: string, access?: ArtifactAccess): Promise<FetchedArtifact> {
    try {
      const fetched = await artifacts.get(ref, access);
      keep(id, fetched);
      return fetched;
    } finally {
      fetching.delete(id);
    }
  }

  return {
    get: async (ref, access) => {
      const id = access === undefined ? ref : `${access.name} ${ref}`;
      const present = kept.get(id);
      if (present !== undefined) {
        kept.delete(id);
        kept.set(id, present);
        return present;
      }
      const under = fetching.get(id) ?? fetch(id, ref, access);
      fetching.set(id, under);
      return under;
    },
  };
}

function sizeOf({ artifact, caches }: FetchedArtifact): number {
  return artifact.bundle.length + artifact.assets.length + caches.reduce((sum, cache) => sum + cache.bytes.length, 0);
}
