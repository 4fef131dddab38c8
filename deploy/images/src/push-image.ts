import { digestOf, parseReference } from '@openfunction/artifact';
import { registryWriter } from '@openfunction/oci';
import { ociIndex, type OciImage } from './oci-image.ts';

export interface PushOptions {
  plainHttp: boolean;
  credentials?: { username: string; password: string };
}

/** Brings an image to a registry; what lies there already is not sent again. */
export async function pushImage(image: OciImage, text: string, { plainHttp, credentials }: PushOptions): Promise<void> {
  const reference = parseReference(text);
  const known = credentials && new Map([[reference.registry, credentials]]);
  const registry = registryWriter({ plainHttp: plainHttp ? [reference.registry] : [] }, known);
  for (const [digest, bytes] of image.blobs) await registry.writeBlob(reference, digest, bytes);
  await registry.writeManifest(reference, image.digest, image.manifest);
}

/** Brings the same image for several kinds of machines to a registry, under one name. */
export async function pushIndex(images: readonly OciImage[], text: string, options: { plainHttp: boolean }): Promise<void> {
  const { registry, repository, tag } = parseReference(text);
  for (const image of images) await pushImage(image, `${registry}/${repository}@${image.digest}`, options);
  const index = ociIndex(images);
  const writer = registryWriter({ plainHttp: options.plainHttp ? [registry] : [] });
  await writer.writeManifest({ registry, repository, tag }, digestOf(index), index);
}
