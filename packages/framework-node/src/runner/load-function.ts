import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { compileBundle } from '../code-cache.ts';
import type { ContextDocument } from '../context/context-document.ts';
import { readContextDocument } from '../context/context-document.ts';
import { FunctionError } from '../function-error.ts';
import { loadPlugins } from '../hooks/load-plugins.ts';
import type { Hooks } from '../hooks/run-hooks.ts';
import * as framework from '../index.ts';
import { isOwnModule } from '../own-modules.ts';
import { pickTarget } from '../pick-target.ts';
import type { Registered } from '../registry.ts';
import { registeredFunctions } from '../registry.ts';
import { hookConnect } from './connect-hook.ts';
import { extractTar, pathBelow } from './extract-tar.ts';
import type { VerifiedLoad } from './verify-load.ts';
import type { LoadResponse, Settings } from './wire.ts';
import { LoadError } from './wire.ts';

/** A loaded target, the other registered functions, and how long it took. */
export interface LoadedFunction {
  target: Registered;
  others: Registered[];
  document: ContextDocument;
  hooks?: Hooks;
  response: LoadResponse;
}

/** Makes this process the function of a verified load. */
export async function loadFunction(load: VerifiedLoad, workDir: string): Promise<LoadedFunction> {
  const { settings } = load;
  placeFiles(load, workDir);
  Object.assign(process.env, settings.env);
  if (settings.clusterDomain && settings.internalSocket) hookConnect({ domain: settings.clusterDomain, socket: settings.internalSocket });
  process.chdir(workDir);
  const document = readDocument(settings);
  const filename = pathBelow(workDir, settings.entry || 'index.js');
  process.argv = [process.execPath, filename];
  const { exports, ...response } = await runBundle(load, filename);
  const target = targetOf(settings, exports);
  return {
    target,
    others: [...registeredFunctions().values()].filter((one) => one !== target),
    document,
    hooks: await loadPlugins(path.dirname(filename), document).catch((error: unknown) => refuse('LoadFailed', error)),
    response: { loaded: true, ...response },
  };
}

function placeFiles({ settings, assets }: VerifiedLoad, root: string): void {
  mkdirSync(root, { recursive: true });
  extractTar(assets, root);
  for (const one of settings.files ?? []) {
    const file = pathBelow(root, one.path);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, Buffer.from(one.content, 'base64'));
  }
}

function readDocument(settings: Settings): ContextDocument {
  try {
    const document = readContextDocument(settings.env ?? {});
    if (!document.isAsync) return document;
  } catch (error) {
    return refuse('InvalidSettings', error);
  }
  throw new LoadError('NotSupported', 'The function has triggers other than HTTP, which this runner does not serve yet.');
}

async function runBundle(
  load: VerifiedLoad,
  filename: string,
): Promise<{ exports: unknown; compileMs: number; runMs: number; cacheAccepted: boolean }> {
  const { settings, cache } = load;
  const started = performance.now();
  const script = compileBundle(load.bundle.toString(), { format: settings.format ?? 'cjs', filename, cache });
  const compiled = performance.now();
  const module = { exports: {} as unknown };
  const run = script.runInThisContext() as (...args: unknown[]) => unknown;
  const folder = path.dirname(filename);
  await run.call(module.exports, module.exports, requireOf(filename), module, filename, folder, pathToFileURL(filename).href);
  return {
    exports: module.exports,
    compileMs: compiled - started,
    runMs: performance.now() - compiled,
    cacheAccepted: cache.length > 0 && script.cachedDataRejected === false,
  };
}

/** Resolves the framework to this running one without the way through the loader, which costs a cold start a millisecond. */
function requireOf(filename: string): NodeJS.Require {
  const plain = createRequire(filename);
  const own = (id: string): unknown => (isOwnModule(id) ? framework : plain(id));
  return Object.assign(own, plain) as NodeJS.Require;
}

function targetOf(settings: Settings, exports: unknown): Registered {
  try {
    return pickTarget(settings.target, settings.signature || 'http', exports);
  } catch (error) {
    return refuse('TargetNotFound', error);
  }
}

/** What the framework refuses is said to the scheduler in the protocol's codes. */
function refuse(code: 'InvalidSettings' | 'TargetNotFound' | 'LoadFailed', error: unknown): never {
  throw error instanceof FunctionError ? new LoadError(code, error.message) : error;
}
