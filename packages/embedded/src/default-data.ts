import { homedir } from 'node:os';
import path from 'node:path';

/** Where the platform keeps its data unless told otherwise: below `XDG_DATA_HOME` where that is set, else `~/.openfunction`. */
export function defaultData(env: Readonly<Record<string, string | undefined>>): string {
  const { XDG_DATA_HOME: xdg, HOME: home } = env;
  return xdg !== undefined && path.isAbsolute(xdg) ? path.join(xdg, 'openfunction') : path.join(home || homedir(), '.openfunction');
}
