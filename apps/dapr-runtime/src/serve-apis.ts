import { serveApi, serveGrpcApi, type DaprApp, type DaprMetrics, type DaprRuntime } from '@openfunction/dapr-runtime';
import type { Flags } from './parse-flags.ts';

/** What is open to callers until it is closed. */
export interface Served {
  close(signal?: AbortSignal): Promise<void>;
}

export interface ServeApisOptions {
  flags: Flags;
  runtime: DaprRuntime;
  app: DaprApp;
  metrics: DaprMetrics;
  onError(error: unknown): void;
}

export const anyAddress = '0.0.0.0';

/** Serves the app's API wherever the flags say. */
export async function serveApis({ flags, runtime, app, metrics, onError }: ServeApisOptions): Promise<Served[]> {
  const { httpPort, grpcPort, publicPort, maxBodyBytes, listenAddresses } = flags;
  const apps = (): readonly DaprApp[] => [app];
  const common = { apps, maxBodyBytes, onError, ...(flags.metricsPort === 0 ? {} : { onAnswer: metrics.answered }) };
  const overHttp = (host: string): Promise<Served> => serveApi({ ...common, listen: { host, port: httpPort } });
  const overGrpc = (host: string): Promise<Served> =>
    serveGrpcApi({ host, port: grpcPort, apps, findChannel: runtime.findChannel, maxBodyBytes });
  // A kubelet asks from another address.
  const inPublic = (): Promise<Served> => serveApi({ ...common, listen: { host: anyAddress, port: publicPort }, isPublic: true });
  return Promise.all([
    ...listenAddresses.flatMap((host) => [overHttp(host), ...(grpcPort === 0 ? [] : [overGrpc(host)])]),
    ...(publicPort === 0 ? [] : [inPublic()]),
  ]);
}
