import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BuildError } from '../build-error.ts';
import type { PackageJson } from '../detect-entry.ts';

/** The program that installs, and the file that says exactly what. */
export type Manager = { name: 'npm'; lock?: { file: string; text: string } } | { name: 'pnpm'; lock: { file: string; text: string } };

const unread = ['yarn.lock', 'bun.lock', 'bun.lockb'];
const maximumLock = 64 << 20;

/** Chosen by the lockfile; with two, by `packageManager` of package.json. Throws BuildError for one that is not read here. */
export async function managerOf(dir: string, packageJson: PackageJson | undefined): Promise<Manager> {
  const npm = (await lockIn(dir, 'npm-shrinkwrap.json')) ?? (await lockIn(dir, 'package-lock.json'));
  const pnpm = await lockIn(dir, 'pnpm-lock.yaml');
  const asksForPnpm = typeof packageJson?.packageManager === 'string' && packageJson.packageManager.startsWith('pnpm@');
  if (pnpm !== undefined && (npm === undefined || asksForPnpm)) return { name: 'pnpm', lock: pnpm };
  if (npm !== undefined) return { name: 'npm', lock: npm };
  for (const file of unread)
    if ((await lockIn(dir, file)) !== undefined)
      throw new BuildError(
        'InstallFailed',
        `${file} is not read here, and without it other versions would be installed. Add package-lock.json (npm install --package-lock-only) or pnpm-lock.yaml (pnpm import), or remove ${file}.`,
      );
  return { name: 'npm' };
}

async function lockIn(dir: string, file: string): Promise<{ file: string; text: string } | undefined> {
  const text = await readFile(join(dir, file), 'utf8').catch(() => undefined);
  if (text !== undefined && text.length > maximumLock)
    throw new BuildError('InstallFailed', `${file} has more than ${maximumLock} characters. Make it again.`);
  return text === undefined ? undefined : { file, text };
}
