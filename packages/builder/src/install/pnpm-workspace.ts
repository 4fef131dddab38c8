import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { BuildError } from '../build-error.ts';

/** What the lockfile is checked against, and what says no more than which versions are meant. */
const kept = [
  'overrides',
  'catalog',
  'catalogs',
  'packageExtensions',
  'peerDependencyRules',
  'autoInstallPeers',
  'excludeLinksFromLockfile',
  'ignoredOptionalDependencies',
];

/** Leaves pnpm the settings that say which versions are meant: others name folders and programs. It also ends pnpm's search for a workspace above. */
export async function reducePnpmWorkspace(dir: string): Promise<void> {
  const file = join(dir, 'pnpm-workspace.yaml');
  const text = await readFile(file, 'utf8').catch(() => '');
  const settings = settingsIn(text);
  const left = Object.fromEntries(kept.flatMap((name) => (settings[name] === undefined ? [] : [[name, settings[name]]])));
  await writeFile(file, stringify({ packages: ['.'], ...left }));
}

function settingsIn(text: string): Record<string, unknown> {
  try {
    const value = parse(text, { maxAliasCount: 0, logLevel: 'silent' }) as unknown;
    return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : {};
  } catch {
    throw new BuildError('InstallFailed', 'pnpm-workspace.yaml is not YAML. Correct it.');
  }
}
