import type { Artifacts } from '@openfunction/artifact';

export type FetchedArtifact = Awaited<ReturnType<Artifacts['get']>>;

/** Artifacts by reference, in memory up to so many bytes; the one used longest ago goes first. */
export interface ArtifactCache {
  get(ref: string): Promise<FetchedArtifact>;
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
  async function fetch(ref: string): Promise<FetchedArtifact> {
    try {
      const fetched = await artifacts.get(ref);
      keep(ref, fetched);
      return fetched;
    } finally {
      fetching.delete(ref);
    }
  }

  return {
    get: async (ref) => {
      const present = kept.get(ref);
      if (present !== undefined) {
        kept.delete(ref);
        kept.set(ref, present);
        return present;
      }
      const under = fetching.get(ref) ?? fetch(ref);
      if (!kept.has(ref)) fetching.set(ref, under);
      return under;
    },
  };
}

function sizeOf({ artifact, caches }: FetchedArtifact): number {
  return artifact.bundle.length + artifact.assets.length + caches.reduce((sum, cache) => sum + cache.bytes.length, 0);
}
