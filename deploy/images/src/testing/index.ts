import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { layerOf } from '../layer.ts';
import { nodeFiles } from '../node-files.ts';
import { ociImage, type OciImage } from '../oci-image.ts';
import { pushImage } from '../push-image.ts';

export { startRegistry, type TestRegistry } from './registry.ts';

export interface ImageRegistry {
  host: string;
  plainHttp: boolean;
  credentials?: { username: string; password: string };
}

const cache = path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'openfunction', 'images', 'layers');

/** An image with a small HTTP server, which knows nothing of the platform: Node and `server.mjs`. */
export async function serverImage(): Promise<OciImage> {
  return programImage(readFileSync(path.join(import.meta.dirname, 'server.mjs')));
}

async function programImage(bytes: Buffer): Promise<OciImage> {
  const program = await layerOf([{ path: 'srv/server.mjs', kind: 'file', bytes }], cache);
  return ociImage({ layers: [await layerOf(nodeFiles(), cache), program], entrypoint: ['/usr/local/bin/node', '/srv/server.mjs'] });
}

/** Puts the server's image into a registry; the answer is its reference. */
export async function pushServerImage(registry: ImageRegistry, name: string): Promise<string> {
  const reference = `${registry.host}/${name}`;
  await pushImage(await serverImage(), reference, registry);
  return reference;
}

/** Puts an image with Node and this module, which it runs, into a registry; the answer is its reference. */
export async function pushProgramImage(registry: ImageRegistry, name: string, program: Buffer): Promise<string> {
  const reference = `${registry.host}/${name}`;
  await pushImage(await programImage(program), reference, registry);
  return reference;
}
