import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The program of a build instance, for a driver that starts processes. */
export interface BuildProgram {
  /** Arguments of Node. */
  args: string[];
  /** What the program reads of itself and of its dependencies, from source or as installed. */
  readOnlyPaths: string[];
}

export function buildProgram(): BuildProgram {
  const here = fileURLToPath(import.meta.url);
  const isSource = here.endsWith('.ts');
  const entry = join(dirname(here), isSource ? 'build-main.ts' : 'build-main.js');
  return {
    args: isSource ? ['--conditions=@openfunction/source', entry] : [entry],
    readOnlyPaths: [dirname(dirname(dirname(here))), ...moduleFolders(dirname(here))],
  };
}

function moduleFolders(folder: string): string[] {
  const parent = dirname(folder);
  const above = parent === folder ? [] : moduleFolders(parent);
  const modules = join(folder, 'node_modules');
  return existsSync(modules) ? [modules, ...above] : above;
}
