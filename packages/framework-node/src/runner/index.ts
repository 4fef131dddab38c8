import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export { bundleWrapper, codeCacheKey, codeCacheOf, compileBundle } from '../code-cache.ts';
export type { BundleFormat } from '../code-cache.ts';
export { codeCacheMaker } from './code-cache-maker.ts';
export { runnerFlags } from './runner-flags.ts';
export { LoadError, decodeFrames, encodeFrames } from './wire.ts';
export type { LoadErrorCode, LoadResponse, Settings, Ticket } from './wire.ts';

/** The file that a driver runs to start an instance. */
export const runnerEntry: string = entryBeside(import.meta.url);

function entryBeside(own: string): string {
  const fileOf = (name: string): string => fileURLToPath(new URL(name, own));
  if (own.endsWith('.ts')) return fileOf('./main.ts');
  // It is made after the compiler ran: where only the compiler ran, its modules do the same, at a higher price.
  const oneFile = fileOf('./runner.cjs');
  return existsSync(oneFile) ? oneFile : fileOf('./main.js');
}
