import { collectLayout } from '@openfunction/oci';
import type { Clock } from '@openfunction/reconcile';
import { builderKind, functionKind, servingKind } from '@openfunction/resources';
import type { Store } from '@openfunction/store';
import { artifactReferences } from './artifact-references.ts';
import type { CollectedImages } from './image-source.ts';

const everyMs = 600_000;
/** Between an upload and the Function that names it lie seconds. */
const graceMs = 3_600_000;

/** Removes artifacts, sources and images of this machine that nothing names any more, now and then. */
export function collectArtifacts(options: {
  store: Pick<Store, 'list'>;
  images: Pick<CollectedImages, 'collect'>;
  dir: string;
  clock: Clock;
  log: (message: string, fields?: unknown) => void;
}): { close(): Promise<void> } {
  const { store, images, dir, clock, log } = options;
  let cancel: (() => void) | undefined;
  let running: Promise<void> = Promise.resolve();
  let isClosed = false;

  const needed = async (): Promise<string[]> => {
    const [functions, builders, servings] = await Promise.all([store.list(functionKind), store.list(builderKind), store.list(servingKind)]);
    return artifactReferences({ functions: functions.items, builders: builders.items, servings: servings.items });
  };
  const collect = async (): Promise<void> => {
    try {
      const collected = await collectLayout({ dir, needed, graceMs, now: clock.now() });
      if (collected.blobs > 0) log('Removed artifacts that nothing names any more', collected);
      const count = images.collect(await needed());
      if (count > 0) log('Removed images that nothing names any more', { images: count });
    } catch (error) {
      log('Artifacts could not be collected; it is tried again', { error });
    }
    if (!isClosed) cancel = clock.setTimeout(begin, everyMs);
  };
  const begin = (): void => {
    running = collect();
  };
  cancel = clock.setTimeout(begin, everyMs);
  return {
    close: async () => {
      isClosed = true;
      cancel?.();
      await running;
    },
  };
}
