import { ArtifactError } from '@openfunction/artifact';
import { ClaimError } from '../claim/claim-error.ts';

/** An image that holds no function module may be a good one, and still nothing runs it here. */
export function notRunnable(error: unknown, image: string): unknown {
  if (!(error instanceof ArtifactError) || error.code !== 'NotAModule') return error;
  return new ClaimError(
    'ArtifactNotRunnable',
    `The image "${image}" cannot run: it holds no function module, and other images are not run yet. Build it with openfunction/builder-node.`,
    { cause: error },
  );
}
