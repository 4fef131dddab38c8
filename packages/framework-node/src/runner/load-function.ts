import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ContextDocument } from '../context/context-document.ts';
import { readContextDocument } from '../context/context-document.ts';
import { FunctionError } from '../function-error.ts';
import { loadPlugins } from '../hooks/load-plugins.ts';
import type { Hooks } from '../hooks/run-hooks.ts';
import { pickTarget } from '../pick-target.ts';
import type { Registered } from '../registry.ts';
import { registeredFunctions } from '../registry.ts';
import { hookConnect } from './connect-hook.ts';
import { extractTar, pathBelow } from './extract-tar.ts';
import { runBundle } from './run-bundle.ts';
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
  const { bundle, cache } = load;
  const { exports, compileMs, runMs, cacheAccepted } = await runBundle({ bundle, format: settings.format, cache }, filename);
  const target = targetOf(settings, exports);
  return {
    target,
    others: [...registeredFunctions().values()].filter((one) => one !== target),
    document,
    hooks: await loadPlugins(path.dirname(filename), document).catch((error: unknown) => refuse('LoadFailed', error)),
    response: { loaded: true, compileMs, runMs, cacheAccepted },
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
    return readContextDocument(settings.env ?? {});
  } catch (error) {
    return refuse('InvalidSettings', error);
  }
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
