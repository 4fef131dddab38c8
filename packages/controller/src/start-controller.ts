import { keyOf, keyText, type Key, type KubeObject, type ResourceKind } from '@openfunction/resources';
import { StoreError, type Store } from '@openfunction/store';
import { reconcileBuilder, type BuilderClient } from './builder/reconcile.ts';
import { reconcileFunction } from './function/reconcile.ts';
import type { ServingReport } from './function/plan.ts';
import { builderKind, functionKind, functionLabel, gatewayKind, servingKind, type GatewayObject } from './nouns.ts';
import { routesService, type RoutesService } from './routes/routes-service.ts';

/** What the controller needs of pool.v1. */
export interface PoolClient {
  watchServings(request: Record<string, never>, options: { signal: AbortSignal }): AsyncIterable<{ state?: ServingReport & { serving: string }; removed?: string }>;
}

export interface ControllerOptions {
  store: Store;
  builder: BuilderClient;
  pool: PoolClient;
  /** The Gateway that is made when there is none. */
  defaultGateway: GatewayObject;
  /** Milliseconds since the epoch, and a wait that ends early when the signal does. */
  clock: { now(): number; sleep(ms: number, signal: AbortSignal): Promise<void> };
  log: (message: string, fields: Record<string, unknown>) => void;
}

export interface Controller {
  routes: RoutesService;
  close(): Promise<void>;
}

const resyncMs = 60_000;

/** Runs the loops: Functions one at a time and never two for one key, each Builder on its own. */
export function startController(options: ControllerOptions): Controller {
  const { store, clock, log } = options;
  const abort = new AbortController();
  const { signal } = abort;
  const routes = routesService();
  const reports = new Map<string, ServingReport>();
  const dirty = new Map<string, Key>();
  const following = new Set<string>();
  let wake = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => wake.resolve(), { once: true });

  const enqueue = (key: Key): void => {
    dirty.set(keyText(key), key);
    wake.resolve();
  };
  const enqueueOwner = (object: KubeObject): void => {
    const name = object.metadata.labels?.[functionLabel];
    if (name !== undefined) enqueue({ namespace: object.metadata.namespace ?? '', name });
  };
  const enqueueAll = async (): Promise<void> => {
    for (const fn of (await store.list(functionKind)).items) enqueue(keyOf(fn));
  };

  const forever = async (what: string, work: () => Promise<void>): Promise<void> => {
    for (let failures = 0; !signal.aborted; failures += 1) {
      await work().catch((error: unknown) => {
        if (!signal.aborted) log('A loop failed and starts again', { what, error });
      });
      if (signal.aborted) return;
      await clock.sleep(Math.min(30_000, 100 * 2 ** Math.min(failures, 9)), signal).catch(() => undefined);
    }
  };
  const watch = <T extends KubeObject>(kind: ResourceKind<T>, seen: (object: T) => void | Promise<void>): Promise<void> =>
    forever(kind.kind, async () => {
      for await (const event of store.watch(kind, { signal })) if (event.type !== 'BOOKMARK') await seen(event.object);
    });

  const follow = async (key: Key, id: string): Promise<void> => {
    if (following.has(id)) return;
    following.add(id);
    try {
      await reconcileBuilder({ store, builder: options.builder, signal }, key);
    } catch (error) {
      if (!signal.aborted) log('A build could not be followed', { builder: keyText(key), error });
      await clock.sleep(1000, signal).catch(() => undefined);
    } finally {
      following.delete(id);
    }
  };

  const functions = async (): Promise<void> => {
    while (!signal.aborted) {
      const [next] = dirty;
      if (next === undefined) {
        wake = Promise.withResolvers();
        await wake.promise;
        continue;
      }
      dirty.delete(next[0]);
      await reconcileFunction({ store, routes, reports, defaultGateway: options.defaultGateway, now: () => clock.now() }, next[1]).catch((error: unknown) => {
        log('A Function could not be reconciled and is tried again', { function: next[0], error });
        void clock.sleep(1000, signal).then(() => enqueue(next[1]), () => undefined);
      });
    }
  };

  const pool = async (): Promise<void> => {
    for await (const { state, removed } of options.pool.watchServings({}, { signal })) {
      const id = state?.serving ?? removed ?? '';
      if (state === undefined) reports.delete(id);
      else reports.set(id, state);
      const [namespace = '', name = ''] = id.split('/');
      const serving = await store.get(servingKind, { namespace, name });
      if (serving !== undefined) enqueueOwner(serving);
    }
  };

  const resync = async (): Promise<void> => {
    while (!signal.aborted) {
      await ensureGateway(store, options.defaultGateway);
      await enqueueAll();
      for (const builder of (await store.list(builderKind)).items) void follow(keyOf(builder), idOf(builder));
      await clock.sleep(resyncMs, signal);
    }
  };

  const loops = [
    functions(),
    watch(functionKind, (fn) => enqueue(keyOf(fn))),
    watch(servingKind, enqueueOwner),
    watch(builderKind, (builder) => {
      enqueueOwner(builder);
      void follow(keyOf(builder), idOf(builder));
    }),
    watch(gatewayKind, enqueueAll),
    forever('pool', pool),
    forever('resync', resync),
  ];
  return {
    routes,
    close: async () => {
      abort.abort();
      await Promise.all(loops);
    },
  };
}

/** A cancelled Builder is followed anew: cancelling must not wait for the stream that it ends. */
function idOf(builder: { metadata: { uid?: string; name: string }; spec: { state?: string } }): string {
  return `${builder.metadata.uid ?? builder.metadata.name}/${builder.spec.state ?? ''}`;
}

async function ensureGateway(store: Store, gateway: GatewayObject): Promise<void> {
  if ((await store.get(gatewayKind, keyOf(gateway))) !== undefined) return;
  await store.create(gatewayKind, gateway).catch((error: unknown) => {
    if (!(error instanceof StoreError && error.code === 'AlreadyExists')) throw error;
  });
}
