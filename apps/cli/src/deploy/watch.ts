import type { CommandContext } from '../command.ts';
import type { Connected } from '../connect/connect.ts';
import { exitCodes } from '../exit-codes.ts';
import { reportError } from '../report-error.ts';
import { watchFolder } from '../watch-folder.ts';
import { deployOnce, type Deployment } from './deploy-once.ts';

export interface DeployAgain {
  folder: string;
  /** Read anew each time: the manifest may change as the source does. */
  deployment: () => Promise<Deployment>;
}

/** Deploys now and after each change of the folder, until the signal; what fails is said, and changes nothing for callers. */
export async function deployAgain({ folder, deployment }: DeployAgain, platform: Connected, context: CommandContext): Promise<number> {
  const { signal, stderr } = context;
  let changed = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => changed.resolve(), { once: true });
  using _watched = watchFolder({ folder, onChange: () => changed.resolve() });
  while (!signal.aborted) {
    changed = Promise.withResolvers();
    try {
      await deployOnce(await deployment(), platform, context);
    } catch (error) {
      if (!signal.aborted) reportError(error, { name: 'deploy', usage: '', context });
    }
    if (signal.aborted) break;
    stderr.write(`Waiting for changes in ${folder} …\n`);
    await changed.promise;
  }
  return exitCodes.interrupted;
}
