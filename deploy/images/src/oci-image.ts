import { readFileSync } from 'node:fs';
import { digestOf, writeTar, type Digest, type TarEntry } from '@openfunction/artifact';
import type { Layer } from './layer.ts';
import { imageUser } from './node-files.ts';
import { ownArchitecture, type Architecture } from './node-program.ts';

export interface ImageOptions {
  layers: Layer[];
  /** That of this machine by default. */
  architecture?: Architecture;
  entrypoint: string[];
  env?: Record<string, string>;
}

/** An image by its parts; `digest` is its manifest's. */
export interface OciImage {
  architecture: Architecture;
  digest: Digest;
  manifest: Buffer;
  blobs: Map<Digest, Buffer>;
  /** Compressed. */
  bytes: number;
}

export const types: Record<'manifest' | 'config' | 'layer' | 'index', string> = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  index: 'application/vnd.oci.image.index.v1+json',
};
export const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

export function ociImage({ layers, architecture = ownArchitecture(), entrypoint, env = {} }: ImageOptions): OciImage {
  const config = json({
    created: '1970-01-01T00:00:00Z',
    architecture,
    os: 'linux',
    config: {
      User: `${imageUser}:${imageUser}`,
      Env: Object.entries({ PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/tmp', ...env }).map(([name, value]) => `${name}=${value}`),
      Entrypoint: entrypoint,
      WorkingDir: '/work',
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
  });
  const manifest = json({
    schemaVersion: 2,
    mediaType: types.manifest,
    config: { mediaType: types.config, digest: digestOf(config), size: config.length },
    layers: layers.map(({ digest, size }) => ({ mediaType: types.layer, digest, size })),
  });
  const blobs = new Map([[digestOf(config), config], ...layers.map(({ digest, path }) => [digest, readFileSync(path)] as const)]);
  const bytes = [...blobs.values()].reduce((sum, blob) => sum + blob.length, 0);
  return { architecture, digest: digestOf(manifest), manifest, blobs, bytes };
}

/** One name for the same image on machines of several kinds, each of which takes its own. */
export function ociIndex(images: readonly OciImage[]): Buffer {
  const manifests = images.map(({ architecture, digest, manifest }) => ({
    mediaType: types.manifest,
    digest,
    size: manifest.length,
    platform: { architecture, os: 'linux' },
  }));
  return json({ schemaVersion: 2, mediaType: types.index, manifests });
}

/** An OCI layout in a tar, which `ctr images import` and the other tools take. */
export function ociArchive(image: OciImage, reference: string): Promise<Uint8Array> {
  const blob = (digest: string, bytes: Uint8Array): TarEntry => ({ path: `blobs/sha256/${digest.slice(7)}`, kind: 'file', bytes });
  const annotations = { 'org.opencontainers.image.ref.name': reference, 'io.containerd.image.name': reference };
  const index = {
    schemaVersion: 2,
    mediaType: types.index,
    manifests: [{ mediaType: types.manifest, digest: image.digest, size: image.manifest.length, annotations }],
  };
  return writeTar([
    { path: 'oci-layout', kind: 'file', bytes: json({ imageLayoutVersion: '1.0.0' }) },
    { path: 'index.json', kind: 'file', bytes: json(index) },
    blob(image.digest, image.manifest),
    ...[...image.blobs].map(([digest, bytes]) => blob(digest, bytes)),
  ]);
}
