import type { ClusterSecrets } from '@openfunction/components';
import { realClock } from '@openfunction/reconcile';
import { daprMetrics, daprRuntime, loadResources } from '@openfunction/dapr-runtime';
import { appAddress } from './app-address.ts';
import { clusterSecrets } from './cluster-secrets.ts';
import { endRuntime } from './end-runtime.ts';
import { jsonLog } from './json-log.ts';
import { FlagError, parseFlags, type Flags } from './parse-flags.ts';
import { reloadApp } from './reload-app.ts';
import { serveApis, type Served } from './serve-apis.ts';
import { serveMetrics } from './serve-metrics.ts';

const flags = readFlags();
const log = jsonLog(flags.logLevel, flags.appId);
// What is the runtime's own is no secret that components may hand out.
const { DAPR_API_TOKEN: token = '', APP_API_TOKEN: appToken = '', ...environment } = process.env;
const metrics = daprMetrics();
const runtime = daprRuntime({
  clock: realClock,
  random: Math.random,
  environment,
  report: log,
  ...(flags.metricsPort === 0 ? {} : { metrics }),
  ...ofCluster(),
});
const servers: Served[] = [];
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
    ...(flags.appPort === 0 ? {} : { app: appAddress(flags, appToken) }),
    ...(flags.healthCheck === undefined ? {} : { healthCheck: flags.healthCheck }),
    onShutdown: () => void end(),
  });
  servers.push(...(await serveApis({ flags, runtime, app, metrics, onError })));
  servers.push(...(await serveMetrics({ metrics, port: flags.metricsPort, log })));
  servers.push(reloadApp({ app, paths: flags.resourcesPaths, since: resources, log }));
  log({ level: 'info', message: 'the runtime listens', fields: { http: flags.httpPort, grpc: flags.grpcPort } });
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
  await endRuntime({ flags, runtime, servers });
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
