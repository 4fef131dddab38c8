import { createBuilderClient, type Transport, type UploadRequest, type UploadTarget } from '@openfunction/protocol';

const chunkBytes = 256 * 1024;

/** Sends a source beside the image of its target; answers the reference by digest under which it is built. */
export async function upload(
  transport: Transport,
  { target, tar, signal }: { target: UploadTarget; tar: Uint8Array; signal: AbortSignal },
): Promise<string> {
  const { image } = await createBuilderClient(transport).upload(messages(target, tar), signal);
  return image;
}

async function* messages(target: UploadTarget, tar: Uint8Array): AsyncGenerator<UploadRequest> {
  yield { target };
  for (let at = 0; at < tar.length; at += chunkBytes) yield { chunk: tar.subarray(at, at + chunkBytes) };
}
