import { closeSync } from 'node:fs';
import { openInstanceSocket } from './instance-socket.ts';

export interface HeldSocket {
  /** Leads to this very socket, or nowhere, until it is released. */
  path: string;
  release(): void;
}

/** As {@link withInstanceSocket}, for who connects when it likes and more than once. */
export function holdInstanceSocket(path: string): HeldSocket {
  const opened = openInstanceSocket(path);
  return { path: opened.path, release: () => (opened.file === undefined ? undefined : closeSync(opened.file)) };
}
