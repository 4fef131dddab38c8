import type { ModuleArtifact } from '@openfunction/artifact';
import { ClaimError } from '../claim/claim-error.ts';

/** Names by which the framework finds a function that does not have the target's. */
const otherNames = ['function', 'default'];
/** What makes exports, or registers functions, that cannot be seen without running the code. */
const unseen = ['functions-framework', '__reExport'];

/** Why the target cannot be in the module, as far as that can be told without running it. */
export function targetProblem({ manifest, bundle }: ModuleArtifact, target: string): ClaimError | undefined {
  const { exports } = manifest;
  const isThere = [target, target.split('.')[0] ?? '', ...otherNames].some((name) => exports.includes(name));
  if (exports.length === 0 || isThere || unseen.some((word) => Buffer.from(bundle).includes(word))) return undefined;
  const listed = exports.slice(0, 20).map((name) => `"${name}"`);
  return new ClaimError(
    'TargetNotFound',
    `The code has no function "${target}"; it exports ${listed.join(', ')}. Export it, or name one of these.`,
  );
}
