import type { Descriptor, Digest, Reference } from '@openfunction/artifact';

/** The few things that an OCI layout and a registry both can. */
export interface OciBackend {
  /** Manifest bytes (at most `limit`), not yet checked; undefined when there is none. */
  readManifest(reference: Reference): Promise<Uint8Array | undefined>;
  /** Writes the manifest and then, in one step, points the tag at it. Blobs come before. */
  writeManifest(reference: Reference, digest: Digest, bytes: Uint8Array): Promise<void>;
  /** At most `limit` bytes; undefined when there is no such blob. */
  readBlob(reference: Reference, descriptor: Descriptor, limit: number): Promise<Uint8Array | undefined>;
  writeBlob(reference: Reference, digest: Digest, bytes: Uint8Array): Promise<void>;
  /** Tags that begin so, of the reference's repository. */
  tags(reference: Reference, prefix: string): Promise<string[]>;
}
