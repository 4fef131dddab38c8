import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { compileBundle } from '../code-cache.ts';
import * as framework from '../index.ts';
import type { Registered } from '../registry.ts';
import { registeredFunctions } from '../registry.ts';
import { hookConnect } from './connect-hook.ts';
import { extractTar, pathBelow } from './extract-tar.ts';
import type { VerifiedLoad } from './verify-load.ts';
import type { LoadResponse } from './wire.ts';
import { LoadError } from './wire.ts';

/** A loaded target, the other registered functions, and how long it took. */
export interface LoadedFunction {
  target: Registered;
  others: Registered[];
  response: LoadResponse;
}

/** Makes this process the function of a verified load. */
export async function loadFunction(load: VerifiedLoad, options: { workDir: string; env: NodeJS.ProcessEnv }): Promise<LoadedFunction> {
  const { settings } = load;
  const root = options.workDir;
  mkdirSync(root, { recursive: true });
  extractTar(load.assets, root);
  for (const one of settings.files ?? []) {
    const file = pathBelow(root, one.path);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, Buffer.from(one.content, 'base64'));
  }
  Object.assign(options.env, settings.env);
  if (settings.clusterDomain && settings.internalSocket) hookConnect({ domain: settings.clusterDomain, socket: settings.internalSocket });
  process.chdir(root);
  const filename = pathBelow(root, settings.entry || 'index.js');
  const started = performance.now();
  const script = compileBundle(load.bundle.toString(), { format: settings.format ?? 'cjs', filename, cache: load.cache });
  const compiled = performance.now();
  const module = { exports: {} as Record<string, unknown> };
  const run = script.runInThisContext() as (...args: unknown[]) => unknown;
  await run.call(
    module.exports,
    module.exports,
    requireOf(filename),
    module,
    filename,
    path.dirname(filename),
    pathToFileURL(filename).href,
  );
  const target = pickTarget(settings.target, settings.signature || 'http', module.exports);
  return {
    target,
    others: [...registeredFunctions().values()].filter((one) => one !== target),
    response: {
      loaded: true,
      compileMs: compiled - started,
      runMs: performance.now() - compiled,
      cacheAccepted: load.cache.length > 0 && script.cachedDataRejected === false,
    },
  };
}

/** Resolves the framework to this running one, so that there is one registry. */
function requireOf(filename: string): NodeJS.Require {
  const plain = createRequire(filename);
  const own = (id: string): unknown =>
    id === '@openfunction/functions-framework' || id === '@google-cloud/functions-framework' ? framework : plain(id);
  return Object.assign(own, plain) as NodeJS.Require;
}

function pickTarget(name: string, signature: string, exports: unknown): Registered {
  const known = registeredFunctions().get(name);
  if (known) return known;
  const fn = typeof exports === 'function' ? exports : (exports as Record<string, unknown> | null)?.[name];
  if (typeof fn !== 'function')
    throw new LoadError('TargetNotFound', `The code has no function "${name}". Export it, or register it under this name.`);
  const kind = signature === 'event' ? 'cloudevent' : signature;
  if (kind !== 'http' && kind !== 'cloudevent' && kind !== 'openfunction')
    throw new LoadError('InvalidSettings', 'The signature must be http, cloudevent or openfunction.');
  return { name, signature: kind, fn } as Registered;
}
