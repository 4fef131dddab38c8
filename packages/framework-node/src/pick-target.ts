import { FunctionError } from './function-error.ts';
import type { Registered } from './registry.ts';
import { registeredFunctions } from './registry.ts';

/** The name of a function that nobody named, as on Google's framework. */
const unnamed = 'function';

/**
 * The function named `name`: registered under it, or exported, also as `a.b`; throws FunctionNotFound.
 * Code that only registers functions needs no name: the first one is the target, and each is found by its path. Nor does code
 * that exports one function.
 */
export function pickTarget(name: string, signature: string, exports: unknown): Registered {
  const known = registeredFunctions().get(name);
  if (known) return known;
  const fn = found(name, exports);
  if (fn === undefined && name === unnamed) {
    const [first] = registeredFunctions().values();
    if (first) return first;
    const [only, ...others] = exportedNames(exports);
    if (only !== undefined && others.length === 0) return pickTarget(only, signature, exports);
  }
  if (fn === undefined)
    throw new FunctionError(
      'FunctionNotFound',
      500,
      name === unnamed
        ? `It is not said which function is to be called; the code has ${listed(exports)}. Set FUNCTION_TARGET to its name.`
        : `The code has no function "${name}"; it has ${listed(exports)}. Export it, or register it under this name.`,
    );
  const kind = signature === 'event' ? 'cloudevent' : signature;
  if (kind !== 'http' && kind !== 'cloudevent' && kind !== 'openfunction')
    throw new FunctionError(
      'FunctionNotFound',
      500,
      `The signature "${signature}" is unknown. It must be http, cloudevent or openfunction.`,
    );
  return { name, signature: kind, fn } as Registered;
}

/** Google's framework falls back to an export that is called `function`. */
function found(name: string, exports: unknown): unknown {
  if (typeof exports === 'function' && !Object.hasOwn(exports, name)) return exports;
  for (const root of [exports, (exports as { default?: unknown } | null)?.default]) {
    const value = at(root, name.split('.')) ?? at(root, [unnamed]);
    if (typeof value === 'function') return value;
  }
  return undefined;
}

function at(root: unknown, path: string[]): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      value !== null && value !== undefined && Object.hasOwn(value, part) ? (value as Record<string, unknown>)[part] : undefined,
    root,
  );
}

function listed(exports: unknown): string {
  const names = [...registeredFunctions().keys(), ...exportedNames(exports)];
  return names.length === 0 ? 'none' : names.map((one) => `"${one}"`).join(', ');
}

/** Of functions; a module that was made of CommonJS has its exports a second time as `default`. */
function exportedNames(exports: unknown): string[] {
  const named = Object.entries((exports as Record<string, unknown> | null) ?? {});
  return named.flatMap(([name, value]) => (typeof value === 'function' && name !== 'module.exports' ? [name] : []));
}
