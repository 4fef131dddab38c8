import { isAbsolute, relative, resolve } from 'node:path';
import { parse } from 'yaml';
import { BuildError } from '../build-error.ts';
import type { PackageJson } from '../detect-entry.ts';
import type { Manager } from './manager.ts';

type Named = readonly [name: string, specifier: unknown];

/** Throws BuildError when a dependency is a folder or an archive outside the source: an installer would read it anywhere. */
export function assertInside(dir: string, packageJson: PackageJson | undefined, manager: Manager): void {
  const { dependencies, optionalDependencies, overrides, workspaces, pnpm } = packageJson ?? {};
  const named = [dependencies, optionalDependencies, overrides, workspaces, pnpm].flatMap((each) => specifiersIn(each));
  for (const [name, specifier] of [...named, ...lockedIn(manager)]) {
    if (typeof specifier !== 'string' || !/^(?:file:|link:|portal:|\.|\/|~|[A-Za-z]:[\\/])/.test(specifier)) continue;
    const inside = relative(dir, resolve(dir, specifier.replace(/^(?:file|link|portal):/, '')));
    if (inside.startsWith('..') || isAbsolute(inside) || specifier.includes('~'))
      throw new BuildError(
        'InstallFailed',
        `The dependency "${name.slice(0, 200)}" (${specifier.slice(0, 200)}) lies outside the source. Copy it into the source, or publish it.`,
      );
  }
}

/** The texts of a value, each with the name that it lies under; overrides nest. */
function specifiersIn(value: unknown, name = 'workspaces'): Named[] {
  if (typeof value === 'string') return [[name, value]];
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]) => specifiersIn(inner, Array.isArray(value) ? name : key));
}

function lockedIn({ name, lock }: Manager): Named[] {
  if (lock === undefined) return [];
  if (name === 'pnpm') return pnpmNames(parsedYaml(lock.text));
  const { packages = {}, dependencies } = parsedJson(lock) as {
    packages?: Record<string, { resolved?: unknown } | null>;
    dependencies?: unknown;
  };
  return [...Object.entries(packages).map(([key, each]) => [key, each?.resolved] as const), ...resolvedIn(dependencies)];
}

/** Of a lockfile of npm 6. */
function resolvedIn(dependencies: unknown): Named[] {
  if (dependencies === null || typeof dependencies !== 'object') return [];
  return Object.entries(dependencies as Record<string, { version?: unknown; resolved?: unknown; dependencies?: unknown } | null>).flatMap(
    ([name, each]) => [[name, each?.version], [name, each?.resolved], ...resolvedIn(each?.dependencies)],
  );
}

/** pnpm names folders in versions (`link:../x`), in keys (`x@file:../x`), and as `directory`. */
function pnpmNames(value: unknown, under = ''): Named[] {
  if (typeof value === 'string') return [[under, under === 'directory' ? `file:${value}` : value]];
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const path = /@((?:file|link):[^()]*)/.exec(key)?.[1];
    return [...(path === undefined ? [] : [[key, path] as const]), ...pnpmNames(inner, key)];
  });
}

function parsedJson({ file, text }: { file: string; text: string }): unknown {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    throw new BuildError('InstallFailed', `${file} is not JSON. Make it again with npm install --package-lock-only.`);
  }
}

function parsedYaml(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0, logLevel: 'silent' }) as unknown;
  } catch {
    throw new BuildError(
      'InstallFailed',
      'pnpm-lock.yaml is not the YAML that pnpm writes. Make it again with pnpm install --lockfile-only.',
    );
  }
}
