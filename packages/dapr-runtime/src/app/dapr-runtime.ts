import type { Clock } from '@openfunction/reconcile';
import type { ClusterSecrets, ComponentEvent } from '@openfunction/components';
import { httpApp } from '../channel/http-app.ts';
import { httpChannel } from '../channel/http-channel.ts';
import type { FindChannel } from '../http/invoke-routes.ts';
import type { AppResources } from '../resources/load-resources.ts';
import { ApiError } from '../api/api-error.ts';
import type { AppPort, Invokable } from './app-port.ts';
import { daprApp, type DaprApp } from './dapr-app.ts';
import type { DaprMetrics } from '../metrics/dapr-metrics.ts';
import type { AppHealthCheck } from '../health/app-health.ts';
import type { UseInstance } from '../grpc/instance-transport.ts';
import { resilientChannel } from '../resiliency/resilient-channel.ts';
import { withinTime } from './within-time.ts';

export interface DaprRuntimeOptions {
  clock: Clock;
  random(): number;
  /** Variables that components may read. */
  environment: Readonly<Record<string, string | undefined>>;
  report(event: ComponentEvent): void;
  /** Secrets of the cluster that the process runs in, for `secretstores.kubernetes`; without it there is no such store. */
  clusterSecrets?: ClusterSecrets;
  /** Counts what apps do with components. */
  metrics?: DaprMetrics;
  /** What is read of one answer of an app. */
  maxBodyBytes?: number;
}

export interface AppSpec {
  id: string;
  namespace?: string;
  /** What the app must present to the API. */
  token?: string;
  resources: AppResources;
  /** Where the app listens; without it, it only calls. */
  app?: AppAddress;
  maxInFlight?: number;
  /** How long the app may take for a message before that counts as not handled; without it, as long as it likes. */
  timeoutMs?: number;
  /** The bindings whose events the app takes, where it is not to be asked: an app that need not run, and subscribes by YAML alone. */
  declaredInputs?: readonly string[];
  /** The app is asked at which of its paths it takes declared topics, when the first message of one is there. */
  asksRoutes?: boolean;
  /** How the app is asked whether it is healthy; while it is not, it gets nothing. Without it, an app that listens counts as healthy. */
  healthCheck?: AppHealthCheck;
  /** Hears of each source that cannot be had, and, with `undefined`, that it can be had again. */
  onSource?(name: string, error: unknown): void;
  /** When the app asks for the end of its runtime. */
  onShutdown?(): void;
}

export interface AppAddress {
  /** HTTP by default. */
  protocol?: 'http' | 'grpc';
  host?: string;
  port: number;
  /** A Unix socket instead of host and port; over HTTP alone. */
  socketPath?: string;
  /** The name that the app is called by, where it is reached through a gateway; over HTTP alone. */
  authority?: string;
  token?: string;
  maxConcurrency?: number;
  /** Each call takes an instance of the app, which need not run before, instead of host and port; over gRPC alone. */
  useInstance?: UseInstance;
}

/** Apps of one process, each with its own identity, components and limits. They may call each other, and see nothing else of each other. */
export interface DaprRuntime {
  readonly apps: readonly DaprApp[];
  /** For servers of the API. */
  readonly findChannel: FindChannel;
  /** Adds and starts an app; rejects when one of its components cannot be opened. */
  add(spec: AppSpec): Promise<DaprApp>;
  remove(app: DaprApp, signal?: AbortSignal): Promise<void>;
  /** Ends all deliveries, and leaves the API of the apps as it is. */
  drain(signal?: AbortSignal): Promise<void>;
  close(signal?: AbortSignal): Promise<void>;
}

const defaultMaxBodyBytes = 4 * 1024 * 1024;

export function daprRuntime(options: DaprRuntimeOptions): DaprRuntime {
  const apps = new Set<DaprApp>();
  const inCommon = new Map<string, unknown>();
  const find = (id: string, namespace: string): DaprApp | undefined =>
    [...apps].find(({ identity }) => identity.id === id && identity.namespace === namespace);
  const findChannel: FindChannel = (callee, caller) => {
    const [id, namespace = caller.namespace] = callee.split('.');
    // Other namespaces are other tenants.
    if (namespace !== caller.namespace) return undefined;
    const called = invokableOf(find(id ?? '', namespace));
    return called === undefined ? undefined : resilientChannel(called, find(caller.id, caller.namespace)?.resilience.app(id ?? ''));
  };
  const shared = <T>(key: string, make: () => T): T => {
    if (!inCommon.has(key)) inCommon.set(key, make());
    return inCommon.get(key) as T;
  };
  const remove = async (app: DaprApp, signal?: AbortSignal): Promise<void> => {
    // What is under way calls the API until it has ended.
    await app.drain(signal);
    apps.delete(app);
    await app.close(signal);
  };
  return {
    findChannel,
    get apps() {
      return [...apps];
    },
    add: async ({
      id,
      namespace = 'default',
      token,
      resources,
      app: at,
      maxInFlight,
      timeoutMs,
      declaredInputs,
      asksRoutes,
      healthCheck,
      onSource,
      onShutdown,
    }) => {
      const { clock, random, environment, report, clusterSecrets, metrics } = options;
      const reached = at === undefined ? undefined : await portOf(at, options);
      const port = reached === undefined || timeoutMs === undefined ? reached : withinTime(reached, timeoutMs);
      const app = daprApp({
        id,
        namespace,
        resources,
        findChannel,
        context: { clock, random, environment, report, ...(clusterSecrets === undefined ? {} : { clusterSecrets }) },
        shared: (component, make) => shared(`${namespace}/${component}`, make),
        shutdown: onShutdown ?? (() => {}),
        ...(token === undefined ? {} : { token }),
        ...(port === undefined ? {} : { port }),
        ...(at === undefined ? {} : { appPort: at.port }),
        ...(at?.maxConcurrency === undefined ? {} : { maxConcurrency: at.maxConcurrency }),
        ...(maxInFlight === undefined ? {} : { maxInFlight }),
        ...(declaredInputs === undefined ? {} : { declaredInputs }),
        ...(asksRoutes === undefined ? {} : { asksRoutes }),
        ...(metrics === undefined ? {} : { metrics }),
        ...(healthCheck === undefined ? {} : { healthCheck }),
        ...(onSource === undefined ? {} : { onSource }),
      });
      apps.add(app);
      try {
        await app.start();
      } catch (error) {
        await remove(app);
        throw error;
      }
      return app;
    },
    remove,
    drain: async (signal) => void (await Promise.all([...apps].map((app) => app.drain(signal)))),
    close: async (signal) => void (await Promise.all([...apps].map((app) => remove(app, signal)))),
  };
}

/** How others call an app; one that is not healthy refuses. */
function invokableOf(app: DaprApp | undefined): Invokable | undefined {
  if (app?.health === undefined || app.health.isHealthy()) return app?.port?.invokable;
  const { id } = app.identity;
  const why = `App "${id}" was not called: the app is not in a healthy state. Call again when its health check succeeds.`;
  return { stream: () => Promise.reject(new ApiError('ERR_DIRECT_INVOKE', why)) };
}

// What gRPC needs is loaded by those alone that have an app that speaks it.
async function portOf(
  { protocol = 'http', host = '127.0.0.1', ...at }: AppAddress,
  { clock, random, maxBodyBytes = defaultMaxBodyBytes }: DaprRuntimeOptions,
): Promise<AppPort> {
  if (protocol === 'http') return httpApp(httpChannel({ ...at, host, maxBodyBytes, clock, random }));
  const { grpcApp } = await import('../grpc/grpc-app.ts');
  return grpcApp({ ...at, host, clock, random });
}
