import { Script, constants } from 'node:vm';
import { cachedDataVersionTag } from 'node:v8';

/** How the bundle was made: plain CommonJS, or CommonJS whose top level awaits. */
export type BundleFormat = 'cjs' | 'async-cjs';

/** The exact source that is compiled for a bundle; a code cache is only good for the same text. */
export function bundleWrapper(bundle: string, format: BundleFormat): string {
  return `(${format === 'async-cjs' ? 'async ' : ''}function (exports, require, module, __filename, __dirname, __ofn_url) {${bundle}\n})`;
}

/** Compiles a bundle, with its code cache when there is one. */
export function compileBundle(bundle: string, options: { format: BundleFormat; filename: string; cache?: Buffer }): Script {
  return new Script(bundleWrapper(bundle, options.format), {
    filename: options.filename,
    cachedData: options.cache?.length ? options.cache : undefined,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
}

/** What a code cache is good for: Node's version, the architecture and V8's tag. */
export function codeCacheKey(): string {
  return `${process.version}-${process.arch}-${cachedDataVersionTag()}`;
}

/** The code cache of a compiled bundle; it holds more when made after running and one call. */
export function codeCacheOf(script: Script): Buffer {
  return script.createCachedData();
}
