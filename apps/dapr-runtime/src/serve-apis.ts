import { serveApi, serveGrpcApi, type DaprApp, type DaprRuntime } from '@openfunction/dapr-runtime';
import type { Flags } from './parse-flags.ts';

/** What is open to callers until it is closed. */
export interface Served {
  close(signal?: AbortSignal): Promise<void>;
}

export interface ServeApisOptions {
  flags: Flags;
  runtime: DaprRuntime;
  app: DaprApp;
  onError(error: unknown): void;
}

/** Serves the app's API wherever the flags say. */
export async function serveApis({ flags, runtime, app, onError }: ServeApisOptions): Promise<Served[]> {
  const { httpPort, grpcPort, maxBodyBytes, listenAddresses } = flags;
  const apps = (): readonly DaprApp[] => [app];
  const overHttp = (host: string): Promise<Served> => serveApi({ listen: { host, port: httpPort }, apps, maxBodyBytes, onError });
  const overGrpc = (host: string): Promise<Served> =>
    serveGrpcApi({ host, port: grpcPort, apps, findChannel: runtime.findChannel, maxBodyBytes });
  return Promise.all(listenAddresses.flatMap((host) => [overHttp(host), ...(grpcPort === 0 ? [] : [overGrpc(host)])]));
}
