import { readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { BuildError } from './build-error.ts';

const conventional = [
  'index.ts',
  'index.mts',
  'index.mjs',
  'index.js',
  'index.cjs',
  'function.ts',
  'function.js',
  'src/index.ts',
  'src/index.js',
];

export interface PackageJson {
  main?: unknown;
  module?: unknown;
  exports?: unknown;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  overrides?: unknown;
  workspaces?: unknown;
  packageManager?: unknown;
  pnpm?: unknown;
}

/** The POSIX path of the file that a function's source begins with, relative to `dir`. `asked` names it, or its folder. */
export async function detectEntry(dir: string, packageJson: PackageJson | undefined, asked?: string): Promise<string> {
  if (asked !== undefined) return askedEntry(dir, asked);
  const named = [exported(packageJson?.exports), packageJson?.module, packageJson?.main].filter((value) => typeof value === 'string');
  for (const name of [...named.flatMap(withSources), ...conventional]) {
    const path = join(dir, name);
    const inside = relative(dir, path);
    if (inside.startsWith('..') || !(await isFile(path))) continue;
    return inside.split(sep).join('/');
  }
  const tried = named.length > 0 ? `${named.join(', ')}, ${conventional.join(', ')}` : conventional.join(', ');
  throw new BuildError(
    'EntryNotFound',
    `The source has no entry file: looked for ${tried}. Add one, set main in package.json, or set sourceSubPath.`,
  );
}

async function askedEntry(dir: string, asked: string): Promise<string> {
  if (await isFile(join(dir, asked))) return asked;
  const folder = join(dir, asked);
  if ((await stat(folder).catch(() => undefined))?.isDirectory() !== true)
    throw new BuildError('EntryNotFound', `The source has no file or folder "${asked}". Correct FUNC_SRC.`);
  return `${asked}/${await detectEntry(folder, await readPackageJson(folder))}`;
}

export async function readPackageJson(dir: string): Promise<PackageJson | undefined> {
  const text = await readFile(join(dir, 'package.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    return parsed !== null && typeof parsed === 'object' ? parsed : undefined;
  } catch (error) {
    throw new BuildError(
      'CompileFailed',
      `package.json is not JSON: ${error instanceof Error ? error.message : String(error)}. Correct it.`,
    );
  }
}

/** Conditions nest, but never as deep as whoever wants to exhaust a stack. */
function exported(exports: unknown, depth: number = 0): string | undefined {
  if (typeof exports === 'string') return exports;
  if (exports === null || typeof exports !== 'object' || depth > 16) return undefined;
  const conditions = exports as Record<string, unknown>;
  const next = conditions['.'] ?? conditions['node'] ?? conditions['import'] ?? conditions['require'] ?? conditions['default'];
  return exported(next, depth + 1);
}

/** A package of TypeScript names what it would compile to, which is not there yet. */
function withSources(name: string): string[] {
  const bare = name.replace(/\.[cm]?js$/, '');
  const sources = [`${bare}.ts`, `${bare}.mts`, `${bare}.js`, `${bare}/index.ts`, `${bare}/index.js`];
  return [
    name,
    ...sources,
    ...sources
      .filter((path) => /^(?:\.\/)?(?:dist|build|lib)\//.test(path))
      .map((path) => path.replace(/^(?:\.\/)?(?:dist|build|lib)\//, 'src/')),
  ];
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}
