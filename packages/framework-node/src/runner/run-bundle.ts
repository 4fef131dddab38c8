import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Script } from 'node:vm';
import { compileBundle, type BundleFormat } from '../code-cache.ts';
import * as framework from '../index.ts';
import { isOwnModule } from '../own-modules.ts';

export interface RunBundle {
  script: Script;
  /** What the module exports. */
  exports: unknown;
  compileMs: number;
  runMs: number;
  cacheAccepted: boolean;
}

/** Compiles a bundle and runs its top level. */
export async function runBundle(
  { bundle, format = 'cjs', cache }: { bundle: Buffer; format?: BundleFormat; cache?: Buffer },
  filename: string,
): Promise<RunBundle> {
  const started = performance.now();
  const script = compileBundle(bundle.toString(), { format, filename, cache });
  const compiled = performance.now();
  const module = { exports: {} as unknown };
  const run = script.runInThisContext() as (...args: unknown[]) => unknown;
  const folder = path.dirname(filename);
  await run.call(module.exports, module.exports, requireOf(filename), module, filename, folder, pathToFileURL(filename).href);
  return {
    script,
    exports: module.exports,
    compileMs: compiled - started,
    runMs: performance.now() - compiled,
    cacheAccepted: cache !== undefined && cache.length > 0 && script.cachedDataRejected === false,
  };
}

/** Resolves the framework to this running one without the way through the loader, which costs a cold start a millisecond. */
function requireOf(filename: string): NodeJS.Require {
  const plain = createRequire(filename);
  const own = (id: string): unknown => (isOwnModule(id) ? framework : plain(id));
  return Object.assign(own, plain) as NodeJS.Require;
}
