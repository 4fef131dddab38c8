import type { DaprApp, DaprRuntime } from '@openfunction/dapr-runtime';
import type { Flags } from './parse-flags.ts';
import type { Served } from './serve-apis.ts';

export interface EndRuntimeOptions {
  flags: Pick<Flags, 'gracefulShutdownSeconds' | 'blockShutdownMs'>;
  runtime: DaprRuntime;
  servers: readonly Served[];
}

/** First ends what is delivered, for its handlers may still need the API; then the API, once the app needs it no more; then all else. */
export async function endRuntime({ flags, runtime, servers }: EndRuntimeOptions): Promise<void> {
  const patience = (): AbortSignal => AbortSignal.timeout(flags.gracefulShutdownSeconds * 1000);
  const draining = patience();
  await runtime.drain(draining);
  const left = flags.blockShutdownMs === 0 ? draining : (await untilGone(runtime.apps, flags.blockShutdownMs), patience());
  await Promise.all(servers.map((server) => server.close(left)));
  await runtime.close(left);
}

/** Until an app whose health is checked is no longer healthy; of others nothing is known but the time that they may take. */
async function untilGone(apps: readonly DaprApp[], longestMs: number): Promise<void> {
  const over = AbortSignal.timeout(longestMs);
  const late = new Promise<void>((resolve) => over.addEventListener('abort', () => resolve(), { once: true }));
  await Promise.race([late, ...apps.flatMap(({ health }) => (health === undefined ? [] : [health.until(false, over)]))]);
}
