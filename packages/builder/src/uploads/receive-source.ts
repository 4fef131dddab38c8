import { artifactLimits, readTar } from '@openfunction/artifact';
import { BuildError } from '../build-error.ts';
import type { Sources } from './sources.ts';

/** First the image, then the tar in chunks. */
export interface UploadMessage {
  ref?: string;
  /** Of older clients, which named Secrets here too: none is opened for an upload. */
  target?: { image: string };
  chunk?: Uint8Array;
}

/** Keeps an uploaded source tree for a build; returns the reference by which a Function names it. */
export async function receiveSource(sources: Sources, requests: AsyncIterable<UploadMessage>): Promise<{ image: string }> {
  let image: string | undefined;
  let size = 0;
  const chunks: Uint8Array[] = [];
  for await (const message of requests) {
    image ??= message.target?.image ?? message.ref;
    size += message.chunk?.length ?? 0;
    if (size > artifactLimits.source)
      throw new BuildError(
        'SourceRefused',
        `The source is larger than ${artifactLimits.source} bytes. Leave dependencies and build output out.`,
      );
    if (message.chunk !== undefined) chunks.push(message.chunk);
  }
  if (image === undefined) throw new BuildError('SourceRefused', 'The upload named no image reference. Send ref first.');
  const tar = Buffer.concat(chunks);
  for await (const entry of readTar(tar)) void entry;
  return { image: await sources.keep(image, tar) };
}
