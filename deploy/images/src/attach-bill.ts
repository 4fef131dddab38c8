import { digestOf, parseReference, type Digest, type Reference } from '@openfunction/artifact';
import { registryWriter, type RegistryWriter } from '@openfunction/oci';
import { json, types, type OciImage } from './oci-image.ts';

const billType = 'application/vnd.cyclonedx+json';
const emptyType = 'application/vnd.oci.empty.v1+json';

/** What a registry lists beside an image. */
interface Listed {
  mediaType: string;
  digest: string;
  size: number;
  artifactType: string;
}

interface Index {
  schemaVersion: 2;
  mediaType: string;
  manifests: Listed[];
}

/** Lays the bill of materials of an image beside it, as an OCI referrer: `oras discover` and scanners find it by the image. */
export async function attachBill(image: OciImage, bill: Uint8Array, text: string, options: { plainHttp: boolean }): Promise<void> {
  const { registry, repository } = parseReference(text);
  const beside = { registry, repository };
  const writer = registryWriter({ plainHttp: options.plainHttp ? [registry] : [] });
  const empty = json({});
  for (const bytes of [empty, bill]) await writer.writeBlob(beside, digestOf(bytes), bytes);
  const manifest = json({
    schemaVersion: 2,
    mediaType: types.manifest,
    artifactType: billType,
    config: { mediaType: emptyType, digest: digestOf(empty), size: empty.length },
    layers: [{ mediaType: billType, digest: digestOf(bill), size: bill.length }],
    subject: { mediaType: types.manifest, digest: image.digest, size: image.manifest.length },
  });
  const listed = { mediaType: types.manifest, digest: digestOf(manifest), size: manifest.length, artifactType: billType };
  if (!(await writer.writeReferrer(beside, digestOf(manifest), manifest))) await listByTag(writer, beside, image.digest, listed);
}

/** The way of the distribution specification where a registry keeps no list of referrers: an index under a tag made of the digest. */
async function listByTag(writer: RegistryWriter, beside: Reference, subject: Digest, listed: Listed): Promise<void> {
  const reference = { ...beside, tag: subject.replace(':', '-') };
  const present = await writer.readManifest(reference);
  const { manifests = [] } = present === undefined ? {} : (JSON.parse(Buffer.from(present).toString()) as Partial<Index>);
  const others = manifests.filter(({ digest }) => digest !== listed.digest);
  const index: Index = { schemaVersion: 2, mediaType: types.index, manifests: [...others, listed] };
  const bytes = json(index);
  await writer.writeManifest(reference, digestOf(bytes), bytes);
}
