import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isDigest, mediaTypes } from '@openfunction/artifact';
import { listFolder, readOptional, writeWhole } from './layout-files.ts';

/** Writes what other tools find the artifacts of a layout by, from its tags. */
export async function writeIndex(dir: string): Promise<void> {
  const manifests: unknown[] = [];
  for (const folder of listFolder(join(dir, 'refs')).sort()) {
    for (const tag of listFolder(join(dir, 'refs', folder)).sort()) {
      const digest = (await readOptional(join(dir, 'refs', folder, tag), 256))?.toString().trim();
      if (digest === undefined || !isDigest(digest)) continue;
      const { size } = await stat(join(dir, 'blobs', 'sha256', digest.slice('sha256:'.length)));
      manifests.push({
        mediaType: mediaTypes.manifest,
        digest,
        size,
        annotations: { 'org.opencontainers.image.ref.name': `${decodeURIComponent(folder)}:${tag}` },
      });
    }
  }
  await writeWhole(join(dir, 'oci-layout'), Buffer.from('{"imageLayoutVersion":"1.0.0"}'));
  await writeWhole(join(dir, 'index.json'), Buffer.from(JSON.stringify({ schemaVersion: 2, manifests })));
}
