import { fileURLToPath } from 'node:url';

export { bundleWrapper, codeCacheKey, codeCacheOf, compileBundle } from '../code-cache.ts';
export type { BundleFormat } from '../code-cache.ts';
export { codeCacheMaker } from './code-cache-maker.ts';
export { runnerFlags } from './runner-flags.ts';
export { LoadError, decodeFrames, encodeFrames } from './wire.ts';
export type { LoadErrorCode, LoadResponse, Settings, Ticket } from './wire.ts';

/** The file that a driver runs to start an instance. */
export const runnerEntry: string = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './main.ts' : './main.js', import.meta.url));
