import { createBuilderClient, type Transport, type UploadRequest } from '@openfunction/protocol';

const chunkBytes = 256 * 1024;

/** Sends a source for the build of an image; answers the reference by digest under which it is built. */
export async function upload(
  transport: Transport,
  { image: ref, tar, signal }: { image: string; tar: Uint8Array; signal: AbortSignal },
): Promise<string> {
  const { image } = await createBuilderClient(transport).upload(messages(ref, tar), signal);
  return image;
}

async function* messages(ref: string, tar: Uint8Array): AsyncGenerator<UploadRequest> {
  yield { ref };
  for (let at = 0; at < tar.length; at += chunkBytes) yield { chunk: tar.subarray(at, at + chunkBytes) };
}
