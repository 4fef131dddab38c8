import type { GitCredentials } from '../git/credentials.ts';
import type { BuildOutput } from './output-archive.ts';

/** What opens the places that a build fetches from: of its own namespace, named by its Builder. */
export interface BuildCredentials {
  git?: GitCredentials;
  /** Lines of an .npmrc: registries and what opens them. */
  npmrc?: string;
}

/** What a build may ask for, once. */
export interface BuildInput {
  source?: () => Promise<Uint8Array>;
  credentials?: BuildCredentials;
}

/** How bytes get into a build instance and out of it, on every ground. */
export interface BuildExchange {
  /** Opens the doors of one build, named by its uid; returns what its instance needs in its environment. The same uid gives the same doors. */
  open(uid: string, input: BuildInput): Record<string, string>;
  /** What the build handed over, unpacked within limits but not yet trusted; throws BuildError when it handed over nothing. */
  collect(uid: string): Promise<BuildOutput>;
  /** Closes the doors and forgets what came through them. Also of the unknown. */
  release(uid: string): Promise<void>;
}
