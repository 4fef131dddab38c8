import { lstat, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { defaultTarLimits, writeTar, type TarEntry } from '@openfunction/artifact';
import ignore, { type Ignore } from 'ignore';
import { UsageError } from '../usage-error.ts';

/** Never part of a source, whatever `.gitignore` says. */
const never = new Set(['.git', 'node_modules']);

/** A folder as a tar: regular files but for those that a `.gitignore` in it, or in a folder of it, names. */
export async function packFolder(root: string): Promise<Uint8Array> {
  const entries: TarEntry[] = [];
  const left = { bytes: defaultTarLimits.bytes, entries: defaultTarLimits.entries };
  await collect({ root, below: '', rules: [], entries, left });
  if (entries.length === 0) throw new UsageError(`There is no file to deploy in ${root}.`);
  return writeTar(entries);
}

/** What one `.gitignore` says of all that lies below its own folder. */
interface Rules {
  base: string;
  ignored: Ignore;
}

interface Collecting {
  root: string;
  below: string;
  /** From the outermost on. */
  rules: readonly Rules[];
  entries: TarEntry[];
  left: { bytes: number; entries: number };
}

async function collect(state: Collecting): Promise<void> {
  const { root, below, entries, left } = state;
  const rules = await withRulesOf(state);
  for (const entry of await readdir(path.join(root, below), { withFileTypes: true })) {
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    if (isIgnored(rules, entry.isDirectory() ? `${name}/` : name)) continue;
    if (entry.isDirectory()) {
      await collect({ ...state, below: name, rules });
      continue;
    }
    if (!entry.isFile())
      throw new UsageError(
        `"${name}" is a link or a special file, which a source cannot have. Replace it by a file, or name it in .gitignore.`,
      );
    const { mode, size } = await lstat(path.join(root, name));
    left.bytes -= size;
    left.entries -= 1;
    if (left.bytes < 0 || left.entries < 0)
      throw new UsageError(
        `${root} is too large for a source: more than ${defaultTarLimits.entries} files, or ${defaultTarLimits.bytes >> 20} MiB. Name what is not needed in .gitignore.`,
      );
    const bytes = await readFile(path.join(root, name));
    entries.push({ path: name, kind: 'file', bytes, ...((mode & 0o100) !== 0 ? { executable: true } : {}) });
  }
}

async function withRulesOf({ root, below, rules }: Collecting): Promise<readonly Rules[]> {
  const own = await readFile(path.join(root, below, '.gitignore'), 'utf8').catch(() => undefined);
  return own === undefined ? rules : [...rules, { base: below === '' ? '' : `${below}/`, ignored: ignore().add(own) }];
}

/** As git decides: the innermost rule that speaks of a name counts, be it for or against. */
function isIgnored(rules: readonly Rules[], name: string): boolean {
  if (never.has(path.basename(name))) return true;
  for (const { base, ignored } of rules.toReversed()) {
    const said = ignored.test(name.slice(base.length));
    if (said.ignored || said.unignored) return said.ignored;
  }
  return false;
}
