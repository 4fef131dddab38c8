import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { dataFolder, defaultData, readState } from '@openfunction/embedded/platform';
import type { CommandContext } from '../command.ts';

/** Which kubeconfig is used, and why. */
export interface ChosenKubeconfig {
  /** In the order in which they count. */
  files: readonly string[];
  because: string;
}

/** As kubectl chooses, with the platform of this machine before `~/.kube/config` while it is up. */
export function chooseKubeconfig(given: string | undefined, { env, cwd }: Pick<CommandContext, 'env' | 'cwd'>): ChosenKubeconfig {
  if (given !== undefined) return { files: [path.resolve(cwd, given)], because: '--kubeconfig' };
  const listed = (env['KUBECONFIG'] ?? '').split(path.delimiter).filter((file) => file !== '');
  if (listed.length > 0) {
    const files = listed.map((file) => path.resolve(cwd, file));
    const present = files.filter((file) => existsSync(file));
    return { files: present.length === 0 ? files : present, because: '$KUBECONFIG' };
  }
  const here = platformHere(env);
  if (here !== undefined) return { files: [here], because: 'OpenFunction is up on this machine' };
  return { files: [path.join(env['HOME'] || homedir(), '.kube', 'config')], because: 'nothing else was named' };
}

function platformHere(env: CommandContext['env']): string | undefined {
  const data = defaultData(env);
  if (!existsSync(data)) return undefined;
  const folder = dataFolder(data);
  return readState(folder) === undefined ? undefined : folder.kubeconfig;
}
