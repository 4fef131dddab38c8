import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { decodeManifests } from '@openfunction/client';
import type { KubeObject } from '@openfunction/resources/nouns';
import { CommandError } from '../command-error.ts';
import type { CommandContext } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { UsageError } from '../usage-error.ts';

const signatures = ['http', 'cloudevent', 'openfunction'] as const;

/** What `--type` says. */
export function signatureNamed(text: string): (typeof signatures)[number] {
  const found = signatures.find((one) => one === text.toLowerCase());
  if (found !== undefined) return found;
  throw new UsageError(`--type takes ${signatures.slice(0, -1).join(', ')} or ${signatures.at(-1)}, not "${text}".`);
}

/** The only folder on the command line, if there is one. */
export function folderNamed(positionals: readonly string[], { cwd }: Pick<CommandContext, 'cwd'>): string | undefined {
  const [given, ...more] = positionals;
  if (more.length > 0) throw new UsageError('Name one folder.');
  if (given === undefined) return undefined;
  const folder = path.resolve(cwd, given);
  if (!existsSync(folder)) throw new UsageError(`There is no folder ${folder}.`);
  if (!statSync(folder).isDirectory()) throw new UsageError(`${folder} is a file; give the folder that it lies in.`);
  return folder;
}

/** The objects of `--filename`, else of the function.yaml in the folder, if it has one. */
export async function manifestOf(
  filename: string | undefined,
  folder: string | undefined,
  { cwd }: Pick<CommandContext, 'cwd'>,
): Promise<KubeObject[]> {
  const beside = folder === undefined ? undefined : path.join(folder, 'function.yaml');
  const file = filename === undefined ? beside : path.resolve(cwd, filename);
  if (file === undefined || (filename === undefined && !existsSync(file))) return [];
  return decodeManifests(readFileSync(file, 'utf8'), path.basename(file));
}

/** By the file that gives each away. */
const others = [
  ['go.mod', 'Go'],
  ['requirements.txt', 'Python'],
  ['pyproject.toml', 'Python'],
  ['main.py', 'Python'],
  ['pom.xml', 'Java'],
  ['build.gradle', 'Java'],
  ['Cargo.toml', 'Rust'],
  ['Gemfile', 'Ruby'],
  ['composer.json', 'PHP'],
] as const;
/** Refuses a folder in a language that is not built here, before anything is sent. */
export function assertSupportedFolder(folder: string): void {
  const has = (file: string): boolean => existsSync(path.join(folder, file));
  if (['package.json', ...namesOfCode()].some(has)) return;
  const other = others.find(([file]) => has(file));
  if (other !== undefined) throw unsupported(folder, `written in ${other[1]} (it has a ${other[0]})`);
  if (has('Dockerfile')) throw unsupported(folder, 'to be built by a Dockerfile');
}

function namesOfCode(): string[] {
  const stems = ['index', 'function', 'src/index', 'src/function'];
  return stems.flatMap((stem) => ['js', 'mjs', 'cjs', 'ts', 'mts', 'cts'].map((ending) => `${stem}.${ending}`));
}

function unsupported(folder: string, what: string): CommandError {
  return new CommandError(
    'BuilderNotSupported',
    `${folder} is ${what}, which is not built here. Functions are written in JavaScript or TypeScript for Node.`,
    {
      exitCode: exitCodes.buildFailed,
      hint: 'Begin one with "ofn init". An image that was built elsewhere is named by spec.image of a manifest without spec.build; docs/builds.md says what runs.',
    },
  );
}
