import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

/** The kubectl that the test cluster was built with, or that of the machine; `OFN_E2E_KUBECTL` goes before both. */
export function findKubectl(env: Record<string, string | undefined>): string | undefined {
  const cache = env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache');
  const built = path.join(env['OFN_CLUSTER_DIR'] ?? path.join(cache, 'openfunction/cluster'), 'bin');
  const folders = [built, ...(env['PATH'] ?? '').split(path.delimiter)];
  return [env['OFN_E2E_KUBECTL'] ?? '', ...folders.map((folder) => path.join(folder, 'kubectl'))].find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
