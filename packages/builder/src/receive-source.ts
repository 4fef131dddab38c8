import { artifactLimits, readTar, type Artifacts } from '@openfunction/artifact';
import { BuildError } from './build-error.ts';

/** Stores an uploaded source tree beside the image that it is for; returns the reference by digest. */
export async function receiveSource(
  artifacts: Artifacts,
  requests: AsyncIterable<{ ref?: string; chunk?: Uint8Array }>,
): Promise<{ image: string }> {
  let ref: string | undefined;
  let size = 0;
  const chunks: Uint8Array[] = [];
  for await (const message of requests) {
    ref ??= message.ref;
    size += message.chunk?.length ?? 0;
    if (size > artifactLimits.source)
      throw new BuildError(
        'SourceRefused',
        `The source is larger than ${artifactLimits.source} bytes. Leave dependencies and build output out.`,
      );
    if (message.chunk !== undefined) chunks.push(message.chunk);
  }
  if (ref === undefined) throw new BuildError('SourceRefused', 'The upload named no image reference. Send ref first.');
  const tar = Buffer.concat(chunks);
  for await (const entry of readTar(tar)) void entry;
  const repository = ref.split('@')[0]!.replace(/:[^:/]*$/, '');
  return { image: `${repository}@${await artifacts.putSource(`${repository}:source`, tar)}` };
}
