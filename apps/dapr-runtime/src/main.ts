import type { ClusterSecrets } from '@openfunction/components';
import { realClock } from '@openfunction/reconcile';
import { daprRuntime, loadResources, serveApi, serveGrpcApi, type AppAddress, type DaprApp } from '@openfunction/dapr-runtime';
import { clusterSecrets } from './cluster-secrets.ts';
import { jsonLog } from './json-log.ts';
import { FlagError, parseFlags, type Flags } from './parse-flags.ts';

const flags = readFlags();
const log = jsonLog(flags.logLevel, flags.appId);
// What is the runtime's own is no secret that components may hand out.
const { DAPR_API_TOKEN: token = '', APP_API_TOKEN: appToken = '', ...environment } = process.env;
const runtime = daprRuntime({ clock: realClock, random: Math.random, environment, report: log, ...ofCluster() });
const servers: { close(signal?: AbortSignal): Promise<void> }[] = [];
let served: readonly DaprApp[] = [];
let isEnding = false;

async function start(): Promise<void> {
  for (const flag of flags.withoutEffect) log({ level: 'info', message: 'a flag has no effect here', fields: { flag } });
  const resources = await loadResources(flags.resourcesPaths);
  for (const { file, kind } of resources.ignored) log({ level: 'warn', message: 'an object has no effect here', fields: { file, kind } });
  const app = await runtime.add({
    id: flags.appId,
    namespace: environment['NAMESPACE'] ?? 'default',
    resources,
    ...(token === '' ? {} : { token }),
    ...(flags.appPort === 0 ? {} : { app: appAt(flags) }),
    onShutdown: () => void end(),
  });
  served = [app];
  await Promise.all(flags.listenAddresses.flatMap((host) => [serveHttp(host), ...(flags.grpcPort === 0 ? [] : [serveRpc(host)])]));
  log({ level: 'info', message: 'the runtime listens', fields: { http: flags.httpPort, grpc: flags.grpcPort } });
}

async function serveHttp(host: string): Promise<void> {
  const { httpPort: port, maxBodyBytes } = flags;
  servers.push(await serveApi({ listen: { host, port }, apps: () => served, maxBodyBytes, onError }));
}

async function serveRpc(host: string): Promise<void> {
  const { grpcPort: port, maxBodyBytes } = flags;
  servers.push(await serveGrpcApi({ host, port, apps: () => served, findChannel: runtime.findChannel, maxBodyBytes }));
}

function appAt({ appChannelAddress, appPort, appMaxConcurrency, appProtocol }: Flags): AppAddress {
  return {
    protocol: appProtocol,
    host: appChannelAddress,
    port: appPort,
    ...(appToken === '' ? {} : { token: appToken }),
    ...(appMaxConcurrency === 0 ? {} : { maxConcurrency: appMaxConcurrency }),
  };
}

// As the kubelet tells every pod.
function ofCluster(): { clusterSecrets?: ClusterSecrets } {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = environment;
  return host === undefined || port === undefined ? {} : { clusterSecrets: clusterSecrets({ host, port: Number(port) }) };
}

function onError(error: unknown): void {
  log({
    level: 'error',
    message: 'a request failed by a fault of the runtime',
    fields: { error: error instanceof Error ? (error.stack ?? error.message) : String(error) },
  });
}

async function end(): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  const patience = AbortSignal.timeout(flags.gracefulShutdownSeconds * 1000);
  // First what is delivered: its handlers may still need the API.
  await runtime.drain(patience);
  await Promise.all(servers.map((server) => server.close(patience)));
  await runtime.close(patience);
  process.exitCode = 0;
}

function readFlags(): Flags {
  try {
    return parseFlags(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void end());
await start().catch(async (error: unknown) => {
  log({
    level: 'fatal',
    message: 'the runtime could not start',
    fields: { error: error instanceof Error ? error.message : String(error) },
  });
  await runtime.close(AbortSignal.timeout(1000));
  process.exitCode = 1;
});
