import { startRegistry, type TestRegistry } from '@openfunction/images/testing';
import type { LockedRegistry } from './target.ts';

const credentials = { username: 'pusher', password: 'e2e: not guessed' };

/** A registry that gives and takes nothing without a password. */
export async function startLockedRegistry(at?: {
  host: string;
  port: number;
}): Promise<{ info: LockedRegistry } & Pick<TestRegistry, 'close'>> {
  const { host, close } = await startRegistry({ credentials, ...(at === undefined ? {} : { at }) });
  return { info: { host, plainHttp: true, credentials }, close };
}
