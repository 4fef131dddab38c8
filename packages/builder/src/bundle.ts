import { readFile, realpath } from 'node:fs/promises';
import { dirname, extname, isAbsolute, posix, relative, sep } from 'node:path';
import type { BuildFailure, Loader, Message, OutputFile, Plugin } from 'esbuild';
import { BuildError } from './build-error.ts';
import { exportedNames, wrapModule } from './wrap-module.ts';

export interface Bundle {
  format: 'cjs' | 'async-cjs';
  code: string;
  /** Names found without running the code; for messages. */
  exports: string[];
  /** The files of the source that are in it, as POSIX paths. */
  inputs: string[];
  /** Those of them that ask where they lie. */
  readers: string[];
  /** What the compiler finds strange, one line each. */
  warnings: string[];
  /** JSON, when it was asked for. */
  sourceMap?: string;
}

interface Compiled {
  text: string;
  exports: string[];
  inputs: string[];
  readers: string[];
  warnings: string[];
  sourceMap?: string;
}

const maximumMessages = 10;
/** In bytes. Longer bundles are mostly packages, and each instance pays for every character when it loads one. */
export const longBundle: number = 128 * 1024;
const frameworks = ['@openfunction/functions-framework', '@google-cloud/functions-framework'];

export interface BundleOptions {
  dir: string;
  entry: string;
  /** Makes a source map, and never shortens. */
  isMapped?: boolean;
}

/** Bundles the source below `dir` into the body of one CommonJS-style function. Same source, same bytes. */
export async function bundle(options: BundleOptions): Promise<Bundle> {
  try {
    const { text, ...found } = await compile(options, 'cjs');
    return { ...found, format: 'cjs', code: text };
  } catch (error) {
    if (!isFailure(error) || !error.errors.every((each) => each.text.includes('Top-level await'))) throw compileError(error);
  }
  // CommonJS cannot await at its top level: bundle as a module, then make that the body of an async function.
  const module = await compile(options, 'esm').catch((error: unknown) => {
    throw compileError(error);
  });
  return { ...module, format: 'async-cjs', code: wrapModule(module.text) };
}

async function compile(options: BundleOptions, format: 'cjs' | 'esm'): Promise<Compiled> {
  const compiled = await compileOnce({ ...options, format, isShort: false });
  if (compiled.text.length < longBundle || options.isMapped === true) return compiled;
  const { text } = await compileOnce({ ...options, format, isShort: true });
  return { ...compiled, text };
}

interface Compilation extends BundleOptions {
  format: 'cjs' | 'esm';
  /** Without white space. Names and syntax stay: programs and stack traces tell names. */
  isShort: boolean;
}

async function compileOnce({ dir, entry, isMapped = false, format, isShort }: Compilation): Promise<Compiled> {
  const readers = new Set<string>();
  // Whoever only starts builds does not carry the compiler.
  const { build } = await import('esbuild');
  const result = await build({
    absWorkingDir: dir,
    entryPoints: [`./${entry}`],
    outfile: 'bundle.js',
    bundle: true,
    write: false,
    metafile: true,
    sourcemap: isMapped ? 'external' : false,
    platform: 'node',
    target: 'node22',
    format,
    external: frameworks,
    logLevel: 'silent',
    // One byte a character is half the memory in every instance.
    charset: 'ascii',
    legalComments: 'none',
    minifyWhitespace: isShort,
    define: {
      __dirname: '__ofn_dirname',
      __filename: '__ofn_filename',
      'import.meta.url': '__ofn_url',
      'import.meta.dirname': '__ofn_dirname',
      'import.meta.filename': '__ofn_filename',
    },
    plugins: [ownPaths(dir, readers)],
  });
  const output = result.metafile.outputs['bundle.js'];
  const written = textOf(result.outputFiles, '.js');
  // No shebang inside a function; and a directive only counts when it comes first.
  const text = written.replace(/^#![^\n]*\n/, '');
  const directive = /^"use strict";\n?/.exec(text)?.[0] ?? '';
  const shift = 1 - linesIn(directive) - (linesIn(written) - linesIn(text));
  return {
    text: `${directive.trimEnd()}${pathsPreamble(entry)}\n${text.slice(directive.length)}`,
    ...(isMapped ? { sourceMap: placedMap(textOf(result.outputFiles, '.map'), { dir, shift }) } : {}),
    exports: format === 'cjs' ? exportedNames(text) : (output?.exports ?? []),
    inputs: Object.keys(result.metafile.inputs),
    readers: [...readers].sort(),
    warnings: result.warnings.slice(0, maximumMessages).map(lineOf),
  };
}

function textOf(files: readonly OutputFile[], ending: string): string {
  return files.find(({ path }) => path.endsWith(ending))?.text ?? '';
}

function linesIn(text: string): number {
  return text.split('\n').length - 1;
}

/** The map of a bundle that has `shift` more lines before its code, with the sources' places on this machine. */
function placedMap(json: string, { dir, shift }: { dir: string; shift: number }): string {
  const map = JSON.parse(json) as { mappings: string; sourceRoot?: string };
  const mappings = shift >= 0 ? ';'.repeat(shift) + map.mappings : map.mappings.slice(-shift);
  return JSON.stringify({ ...map, sourceRoot: `${dir}/`, mappings });
}

/** The runner gives the entry's place as __dirname; every file's own place follows from it. */
function pathsPreamble(entry: string): string {
  const up = posix.relative(posix.dirname(entry), '.') || '.';
  return `var __ofn_at=(p)=>require("node:path").resolve(__dirname,${JSON.stringify(up)},p),__ofn_href=(p)=>require("node:url").pathToFileURL(__ofn_at(p)).href;`;
}

function ownPaths(dir: string, readers: Set<string>): Plugin {
  return {
    name: 'own-paths',
    setup: (setup) => {
      // Everything that is read passes here, JSON and text too: a source must not bundle files of the machine that builds it.
      setup.onLoad({ filter: /.*/ }, async ({ path, namespace }) => {
        if (namespace !== 'file') return undefined;
        const inside = relative(dir, await realpath(path))
          .split(sep)
          .join('/');
        if (inside.startsWith('../') || isAbsolute(inside))
          return { errors: [{ text: `"${path}" lies outside the source; copy it into the source or install it as a dependency` }] };
        if (!/\.[cm]?[jt]sx?$/.test(path)) return undefined;
        const text = await readFile(path, 'utf8');
        if (namesItsPlace.test(text)) readers.add(inside);
        return { contents: withOwnPaths(text, inside), loader: loaderOf(path), resolveDir: dirname(path) };
      });
    },
  };
}

const namesItsPlace = /__dirname|__filename|import\.meta/;

function withOwnPaths(text: string, path: string): string {
  if (!namesItsPlace.test(text)) return text;
  const own = `var __ofn_filename=/*@__PURE__*/__ofn_at(${JSON.stringify(path)}),__ofn_dirname=/*@__PURE__*/__ofn_at(${JSON.stringify(posix.dirname(path))}),__ofn_url=/*@__PURE__*/__ofn_href(${JSON.stringify(path)});`;
  // On the line of the first statement, so that line numbers stay; a directive must stay first.
  const prologue = /^(?:#![^\n]*\n)?(?:\s|\/\/[^\n]*\n|\/\*[^]*?\*\/)*(?:'use strict'|"use strict");?|^#![^\n]*\n/.exec(text)?.[0] ?? '';
  return `${prologue}${prologue === '' || prologue.endsWith('\n') ? '' : ';'}${own}${text.slice(prologue.length)}`;
}

function loaderOf(path: string): Loader {
  const extension = extname(path);
  if (extension.endsWith('tsx')) return 'tsx';
  if (extension.endsWith('jsx')) return 'jsx';
  return extension.endsWith('ts') ? 'ts' : 'js';
}

function isFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors);
}

function compileError(error: unknown): BuildError {
  if (!isFailure(error))
    return new BuildError('CompileFailed', `The source does not compile: ${String(error)}. Correct the source.`, { cause: error });
  const lines = error.errors.slice(0, maximumMessages).map(lineOf);
  return new BuildError('CompileFailed', `The source does not compile: ${lines.join('\n')}`, { cause: error });
}

/** What is missing is mostly a dependency that lies in node_modules here and is not named. */
function dependencyHint(text: string): string {
  const name = /^Could not resolve "((?:@[^/"]+\/)?[^./"][^/"]*)/.exec(text)?.[1];
  return name === undefined || name.startsWith('node:') ? '' : `. Is "${name}" among the dependencies of package.json?`;
}

function lineOf({ location, text }: Message): string {
  if (location === null) return text;
  // A tsconfig may extend a file outside, whose content is nothing for the message.
  if (location.file.startsWith('../') || isAbsolute(location.file)) return `${location.file} lies outside the source`;
  return `${location.file}:${location.line}:${location.column + 1}: ${text}${dependencyHint(text)}`;
}
