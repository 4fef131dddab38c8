import { createQueue, startReconciler, type Clock } from '@openfunction/reconcile';
import {
  builderKind,
  functionKind,
  functionLabel,
  gatewayKind,
  keyOf,
  keyText,
  servingKind,
  type Builder,
  type Gateway,
  type Key,
  type KubeObject,
  type ResourceKind,
} from '@openfunction/resources';
import { StoreError, type Store } from '@openfunction/store';
import { reconcileBuilder, type BuilderClient } from './builder/reconcile.ts';
import type { ServingReport } from './function/plan.ts';
import { reconcileFunction } from './function/reconcile.ts';
import { routesService, type RoutesService } from './routes/routes-service.ts';

/** What the controller needs of pool.v1. */
export interface PoolClient {
  watchServings(
    request: Record<string, never>,
    options: { signal: AbortSignal },
  ): AsyncIterable<{ state?: ServingReport & { serving: string }; removed?: string }>;
}

export interface ControllerOptions {
  store: Store;
  builder: BuilderClient;
  pool: PoolClient;
  /** The Gateway that is made when there is none. */
  defaultGateway: Gateway;
  clock: Clock;
  /** Uniform in [0, 1). */
  random: () => number;
  log: (message: string, fields: Record<string, unknown>) => void;
}

export interface Controller {
  routes: RoutesService;
  close(): Promise<void>;
}

const resyncMs = 60_000;
/** A worker of builds mostly waits for a stream; a cancellation must find one that is free. */
const workers = { functions: 4, builds: 64 };

/** Runs the loops: a change to anything of a Function puts it in line, and each Builder is followed on its own. */
export function startController(options: ControllerOptions): Controller {
  const { store, clock, random, log } = options;
  const abort = new AbortController();
  const { signal } = abort;
  const routes = routesService();
  const reports = new Map<string, ServingReport>();
  const functions = createQueue({ clock, random });
  const builds = createQueue({ clock, random });
  const context = { store, routes, reports, defaultGateway: options.defaultGateway, now: () => clock.now() };

  const enqueueOwner = (object: KubeObject): void => {
    const name = object.metadata.labels?.[functionLabel];
    if (name !== undefined) functions.add(keyText({ namespace: object.metadata.namespace ?? '', name }));
  };
  const functionKeys = async (): Promise<string[]> => {
    await ensureGateway(store, options.defaultGateway);
    return (await store.list(functionKind)).items.map((fn) => keyText(keyOf(fn)));
  };
  const failed =
    (what: string) =>
    (error: unknown, key?: string): void =>
      log('A loop failed and tries again', { what, key, error });

  const forever = async (what: string, work: () => Promise<void>): Promise<void> => {
    for (let failures = 0; !signal.aborted; failures += 1) {
      await work().catch((error: unknown) => {
        if (!signal.aborted) failed(what)(error);
      });
      await sleep(clock, Math.min(30_000, 100 * 2 ** Math.min(failures, 9)), signal);
    }
  };
  const watch = <T extends KubeObject>(kind: ResourceKind<T>, seen: (object: T) => void | Promise<void>): Promise<void> =>
    forever(kind.kind, async () => {
      for await (const event of store.watch(kind, { signal })) if (event.type !== 'BOOKMARK') await seen(event.object);
    });

  const pool = async (): Promise<void> => {
    for await (const { state, removed } of options.pool.watchServings({}, { signal })) {
      const id = state?.serving ?? removed ?? '';
      if (state === undefined) reports.delete(id);
      else reports.set(id, state);
      const serving = await store.get(servingKind, keyFrom(id));
      if (serving !== undefined) enqueueOwner(serving);
    }
  };

  const reconcilers = [
    startReconciler({
      queue: functions,
      clock,
      resyncMs,
      workers: workers.functions,
      listKeys: functionKeys,
      onError: failed('functions'),
      reconcile: (key) => reconcileFunction(context, keyFrom(key)),
    }),
    startReconciler({
      queue: builds,
      clock,
      resyncMs,
      workers: workers.builds,
      onError: failed('builds'),
      listKeys: async () => (await store.list(builderKind)).items.map(buildKey),
      reconcile: (key, stopped) => reconcileBuilder({ store, builder: options.builder, signal: stopped }, keyFrom(key)),
    }),
  ];
  const loops = [
    watch(functionKind, (fn) => functions.add(keyText(keyOf(fn)))),
    watch(servingKind, enqueueOwner),
    watch(builderKind, (builder) => {
      enqueueOwner(builder);
      builds.add(buildKey(builder));
    }),
    watch(gatewayKind, async () => {
      for (const key of await functionKeys()) functions.add(key);
    }),
    forever('pool', pool),
  ];
  return {
    routes,
    close: async () => {
      abort.abort();
      await Promise.all([...loops, ...reconcilers.map((each) => each.close())]);
    },
  };
}

/** A cancelled Builder is in line under another key: cancelling must not wait for the stream that it ends. */
function buildKey(builder: Builder): string {
  return `${keyText(keyOf(builder))}/${builder.spec.state ?? ''}`;
}

function keyFrom(text: string): Key {
  const [namespace = '', name = ''] = text.split('/');
  return { namespace, name };
}

function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const cancel = clock.setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    const stop = (): void => {
      cancel();
      resolve();
    };
    signal.addEventListener('abort', stop, { once: true });
  });
}

async function ensureGateway(store: Store, gateway: Gateway): Promise<void> {
  if ((await store.get(gatewayKind, keyOf(gateway))) !== undefined) return;
  await store.create(gatewayKind, gateway).catch((error: unknown) => {
    if (!(error instanceof StoreError && error.code === 'AlreadyExists')) throw error;
  });
}
