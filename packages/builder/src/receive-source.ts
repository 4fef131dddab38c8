import { artifactLimits, readTar, type Artifacts } from '@openfunction/artifact';
import { BuildError } from './build-error.ts';
import type { BuildSecrets } from './secrets.ts';

interface UploadTarget {
  image: string;
  namespace: string;
  imageCredentials: string;
}

/** First the target, or only its image; then the tar in chunks. */
export interface UploadMessage {
  ref?: string;
  target?: UploadTarget;
  chunk?: Uint8Array;
}

/** Stores an uploaded source tree beside the image that it is for; returns the reference by digest. */
export async function receiveSource(
  { artifacts, secrets }: { artifacts: Artifacts; secrets: BuildSecrets },
  requests: AsyncIterable<UploadMessage>,
): Promise<{ image: string }> {
  let target: UploadTarget | undefined;
  let size = 0;
  const chunks: Uint8Array[] = [];
  for await (const message of requests) {
    target ??= message.target ?? (message.ref === undefined ? undefined : { image: message.ref, namespace: '', imageCredentials: '' });
    size += message.chunk?.length ?? 0;
    if (size > artifactLimits.source)
      throw new BuildError(
        'SourceRefused',
        `The source is larger than ${artifactLimits.source} bytes. Leave dependencies and build output out.`,
      );
    if (message.chunk !== undefined) chunks.push(message.chunk);
  }
  if (target === undefined) throw new BuildError('SourceRefused', 'The upload named no image reference. Send target or ref first.');
  const tar = Buffer.concat(chunks);
  for await (const entry of readTar(tar)) void entry;
  const repository = target.image.split('@')[0]!.replace(/:[^:/]*$/, '');
  const secret = artifacts.guarded && target.imageCredentials !== '' ? target.imageCredentials : undefined;
  const credentials = await secrets.registryCredentials(target.namespace, secret);
  return { image: `${repository}@${await artifacts.putSource(`${repository}:source`, tar, { credentials })}` };
}
