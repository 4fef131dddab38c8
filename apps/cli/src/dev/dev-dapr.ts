import { randomBytes, randomUUID } from 'node:crypto';
import { digestOf } from '@openfunction/artifact';
import type { DaprApp, DaprRuntime } from '@openfunction/dapr-runtime';
import { appIdOf, functionLabel, usesMessaging } from '@openfunction/resources/nouns';
import { devComponents } from './dev-components.ts';
import type { DevFunction } from './dev-function.ts';

/** The Dapr runtime of the function that `ofn dev` runs; there is none before a version needs it. */
export interface DevDapr {
  /** Variables that tell an instance of this version where the runtime is. */
  env(fn: DevFunction): Promise<Readonly<Record<string, string>>>;
  /** Opens the components of the version that answers now, and brings it their messages; nothing if they are the same. */
  follow(fn: DevFunction): Promise<void>;
  close(): Promise<void>;
}

export interface DevDaprOptions {
  /** Where the function answers, whatever version it is. */
  port: () => number;
  say: (text: string) => void;
}

interface Started {
  runtime: DaprRuntime;
  env: Readonly<Record<string, string>>;
  appToken: string;
  token: string;
  close(): Promise<void>;
}

const loopback = '127.0.0.1';
const maxBodyBytes = 4 * 2 ** 20;
/** Messages that are being handled may end; a laptop's Ctrl-C is not kept waiting for longer. */
const endMs = 2_000;

export function devDapr({ port, say }: DevDaprOptions): DevDapr {
  let started: Promise<Started> | undefined;
  let app: DaprApp | undefined;
  let followed = '';

  async function start(): Promise<Started> {
    const [{ daprRuntime, serveApi }, { realClock }] = await Promise.all([
      import('@openfunction/dapr-runtime'),
      import('@openfunction/reconcile'),
    ]);
    const [token, appToken] = [randomUUID(), randomBytes(16).toString('hex')];
    const runtime = daprRuntime({
      clock: realClock,
      random: Math.random,
      // The function gets none of the shell's variables, and its components neither.
      environment: {},
      report: ({ level, message, component, fields }) => {
        const said = Object.values(fields ?? {}).join(', ');
        if (level !== 'info') say(`The component "${component}": ${message}${said === '' ? '' : `: ${said}`}`);
      },
    });
    const server = await serveApi({
      listen: { host: loopback, port: 0 },
      apps: () => runtime.apps,
      maxBodyBytes,
      onError: (error) => say(`A call of the Dapr API failed: ${error instanceof Error ? error.message : String(error)}`),
    });
    const env = {
      DAPR_HTTP_ENDPOINT: `http://${loopback}:${server.port}`,
      DAPR_HTTP_PORT: String(server.port),
      DAPR_API_TOKEN: token,
      APP_API_TOKEN: appToken,
    };
    const close = async (): Promise<void> => {
      await Promise.all([server.close(), runtime.close(AbortSignal.timeout(endMs))]);
    };
    return { runtime, env, token, appToken, close };
  }

  return {
    async env(fn) {
      if (!usesMessaging(fn.serving.spec)) return {};
      return (await (started ??= start())).env;
    },
    async follow(fn) {
      const { spec, metadata } = fn.serving;
      if (started === undefined) return;
      const { runtime, token, appToken } = await started;
      const { triggers, outputs } = spec;
      const components = usesMessaging(spec) ? devComponents(fn) : undefined;
      const wanted = components === undefined ? '' : digestOf(JSON.stringify([triggers, outputs, components]));
      if (wanted === followed) return;
      if (app !== undefined) await runtime.remove(app, AbortSignal.timeout(endMs));
      [app, followed] = [undefined, ''];
      if (components === undefined) return;
      app = await runtime.add({
        id: appIdOf({ name: metadata.labels?.[functionLabel] ?? metadata.name, namespace: metadata.namespace ?? '' }),
        namespace: metadata.namespace,
        token,
        resources: { components, subscriptions: [] },
        app: { host: loopback, port: port(), token: appToken },
      });
      followed = wanted;
    },
    async close() {
      await started?.then((one) => one.close());
    },
  };
}
