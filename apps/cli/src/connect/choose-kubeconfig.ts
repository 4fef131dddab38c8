import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { dataFolder, defaultData, readState } from '@openfunction/embedded/platform';
import type { CommandContext } from '../command.ts';
import { UsageError } from '../usage-error.ts';

/** Which kubeconfig is used, and why. */
export interface ChosenKubeconfig {
  file: string;
  because: string;
}

/** As kubectl chooses, with the platform of this machine before `~/.kube/config` while it is up. */
export function chooseKubeconfig(given: string | undefined, { env, cwd }: Pick<CommandContext, 'env' | 'cwd'>): ChosenKubeconfig {
  if (given !== undefined) return { file: path.resolve(cwd, given), because: '--kubeconfig' };
  const variable = env['KUBECONFIG'];
  if (variable !== undefined && variable !== '') {
    const files = variable.split(path.delimiter).filter((file) => file !== '');
    if (files.length > 1)
      throw new UsageError(
        'KUBECONFIG names several files. Merge them with "kubectl config view --raw --flatten", or name one with --kubeconfig.',
      );
    return { file: path.resolve(cwd, files[0] ?? ''), because: '$KUBECONFIG' };
  }
  const data = defaultData(env);
  if (existsSync(data)) {
    const folder = dataFolder(data);
    if (readState(folder) !== undefined) return { file: folder.kubeconfig, because: 'OpenFunction is up on this machine' };
  }
  return { file: path.join(env['HOME'] || homedir(), '.kube', 'config'), because: 'nothing else was named' };
}
