import { parseReference } from '@openfunction/artifact';
import { registryWriter } from '@openfunction/oci';
import type { OciImage } from './oci-image.ts';

/** Brings an image to a registry; what lies there already is not sent again. */
export async function pushImage(image: OciImage, text: string, options: { plainHttp: boolean }): Promise<void> {
  const reference = parseReference(text);
  const registry = registryWriter({ plainHttp: options.plainHttp ? [reference.registry] : [] });
  for (const [digest, bytes] of image.blobs) await registry.writeBlob(reference, digest, bytes);
  await registry.writeManifest(reference, image.digest, image.manifest);
}
