import type { ArtifactAccess, Artifacts, FetchedArtifact } from '@openfunction/artifact';

export interface CacheGetOptions {
  /** What was read with credentials is given only to who names the same ones. */
  access?: NamedAccess;
  /** As of `Artifacts.get`: what was read in this way is not given to who needs it checked. */
  readerChecks?: boolean;
}

/** Artifacts by reference, in memory up to so many bytes; the one used longest ago goes first. */
export interface ArtifactCache {
  get(ref: string, options?: CacheGetOptions): Promise<FetchedArtifact>;
}

/** Credentials, and the name that stands for them. */
export interface NamedAccess extends ArtifactAccess {
  name: string;
}

interface Kept {
  fetched: FetchedArtifact;
  isChecked: boolean;
}

/** Give it references by digest: what a tag stands for may change, and would not be asked again. */
export function artifactCache(artifacts: Pick<Artifacts, 'get'>, maxBytes: number): ArtifactCache {
  const kept = new Map<string, Kept>();
  const fetching = new Map<string, Promise<FetchedArtifact>>();
  let bytes = 0;

  function drop(id: string): void {
    bytes -= sizeOf(kept.get(id)?.fetched);
    kept.delete(id);
  }
  function keep(id: string, one: Kept): void {
    drop(id);
    kept.set(id, one);
    bytes += sizeOf(one.fetched);
    for (const oldest of kept.keys()) {
      if (bytes <= maxBytes) return;
      drop(oldest);
    }
  }
  async function fetch(id: string, ref: string, { access, readerChecks = false }: CacheGetOptions): Promise<FetchedArtifact> {
    const fetched = await artifacts.get(ref, { credentials: access?.credentials, readerChecks });
    keep(id, { fetched, isChecked: !readerChecks });
    return fetched;
  }

  return {
    get: async (ref, options = {}) => {
      const { access, readerChecks = false } = options;
      const id = access === undefined ? ref : `${access.name} ${ref}`;
      const present = kept.get(id);
      if (present !== undefined && (present.isChecked || readerChecks)) {
        kept.delete(id);
        kept.set(id, present);
        return present.fetched;
      }
      const how = `${readerChecks} ${id}`;
      const under = fetching.get(how) ?? fetch(id, ref, options).finally(() => fetching.delete(how));
      fetching.set(how, under);
      return under;
    },
  };
}

function sizeOf(fetched: FetchedArtifact | undefined): number {
  if (fetched === undefined) return 0;
  const { artifact, caches } = fetched;
  return artifact.bundle.length + artifact.assets.length + caches.reduce((sum, cache) => sum + cache.bytes.length, 0);
}
