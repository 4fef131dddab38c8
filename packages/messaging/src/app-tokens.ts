import { createHmac } from 'node:crypto';

export interface AppTokens {
  /** What the function shows to the API of its building blocks. */
  api: string;
  /** What is shown to the function with each message. */
  app: string;
}

/**
 * The tokens of a function, derived from a key that both who starts its instances and who brings its messages hold:
 * neither has to tell the other, and a restart of either finds them again.
 */
export function appTokens(key: Uint8Array, functionUid: string): AppTokens {
  const derived = (use: string): string => createHmac('sha256', key).update(`${use}\0${functionUid}`).digest('base64url');
  return { api: derived('api'), app: derived('app') };
}
