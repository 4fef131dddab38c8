import { createHash } from 'node:crypto';
import type { Workload } from '@openfunction/workload';

/** Names what an instance is made from: one of another fingerprint is outdated. */
export function fingerprintOf({ artifact, template, run, owner }: Workload): string {
  // A Serving never changes; only values of Secrets do, which are those of the start.
  if (artifact.kind === 'image') return JSON.stringify([artifact.ref, owner?.uid]);
  return createHash('sha256')
    .update(JSON.stringify([artifact, template, run]))
    .digest('hex');
}
