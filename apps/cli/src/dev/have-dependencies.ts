import { existsSync } from 'node:fs';
import path from 'node:path';
import { BuildError, type MakeModule } from '@openfunction/builder';

/** While one develops, dependencies are what lies in `node_modules`; the platform installs them itself. */
export async function haveDependencies(folder: string, packageJson: Parameters<MakeModule['install']>[0]): Promise<void> {
  if (Object.keys(packageJson?.dependencies ?? {}).length === 0 || existsSync(path.join(folder, 'node_modules'))) return;
  throw new BuildError('InstallFailed', `The dependencies of package.json are not installed. Run "npm install" in ${folder}.`);
}
