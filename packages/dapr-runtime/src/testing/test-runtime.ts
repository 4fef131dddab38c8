import type { ComponentEvent } from '@openfunction/components';
import { realClock } from '@openfunction/reconcile';
import type { DaprMetrics } from '../metrics/dapr-metrics.ts';
import type { DaprApp } from '../app/dapr-app.ts';
import { daprRuntime, type AppSpec, type DaprRuntime } from '../app/dapr-runtime.ts';
import { serveApi, type ApiServer } from '../http/api-server.ts';
import { resourcesOf as parsed, type Resources } from '../resources/load-resources.ts';

export interface TestRuntime {
  runtime: DaprRuntime;
  events: ComponentEvent[];
  /** Adds an app with a server of the API of its own. */
  app(spec: Omit<AppSpec, 'resources'> & { yaml?: string }): Promise<{ app: DaprApp; server: ApiServer; url: string }>;
  close(): Promise<void>;
}

export const resourcesOf = (yaml: string): Resources => parsed([{ file: 'test.yaml', yaml }]);

export function component(name: string, type: string, metadata: Record<string, string> = {}, more = ''): string {
  const items = Object.entries(metadata).map(([key, value]) => `{name: ${key}, value: ${JSON.stringify(value)}}`);
  return `---\napiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {name: ${name}}\nspec: {type: ${type}, version: v1, metadata: [${items.join(', ')}]}\n${more}\n`;
}

export function testRuntime(
  given: { environment?: Record<string, string>; maxBodyBytes?: number; metrics?: DaprMetrics } = {},
): TestRuntime {
  const { metrics } = given;
  const events: ComponentEvent[] = [];
  const servers: ApiServer[] = [];
  const runtime = daprRuntime({
    clock: realClock,
    random: () => 0.5,
    environment: given.environment ?? {},
    report: (event) => events.push(event),
    ...(metrics === undefined ? {} : { metrics }),
  });
  return {
    runtime,
    events,
    app: async ({ yaml = '', ...spec }) => {
      const app = await runtime.add({ ...spec, resources: resourcesOf(yaml) });
      const server = await serveApi({
        listen: { host: '127.0.0.1', port: 0 },
        apps: () => [app],
        ...(metrics === undefined ? {} : { onAnswer: (answered) => metrics.answered(answered) }),
        maxBodyBytes: given.maxBodyBytes ?? 4 * 1024 * 1024,
        onError: (error) => {
          throw error;
        },
      });
      servers.push(server);
      return { app, server, url: `http://127.0.0.1:${server.port}` };
    },
    close: async () => {
      await Promise.all(servers.map((server) => server.close()));
      await runtime.close(AbortSignal.timeout(2_000));
    },
  };
}
