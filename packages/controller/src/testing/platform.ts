import {
  builderKind,
  functionKind,
  gatewayKind,
  keyOf,
  keyText,
  servingKind,
  type Capabilities,
  type Gateway,
  type Key,
  type OFunction,
  type ResourceKind,
  type Serving,
} from '@openfunction/resources';
import { digestOf } from '@openfunction/artifact';
import { manualClock, type ManualClock } from '@openfunction/reconcile';
import { memoryStore, type Store } from '@openfunction/store';
import { reconcileBuilder, type BuilderClient } from '../builder/reconcile.ts';
import { endedReport } from '../builder/status.ts';
import { childIndex, type ChildIndex } from '../function/child-index.ts';
import { claimRoute, reconcileFunction, type FunctionContext } from '../function/reconcile.ts';
import type { DeliveryReport, ServingReport } from '../function/world.ts';
import { reconcileGateway } from '../gateway/reconcile.ts';
import { routeClaims } from '../route/claims.ts';
import { grantReaders } from '../route/grant-readers.ts';
import type { Route } from '../route/messages.ts';
import { routesService, type RoutesService } from '../routes/routes-service.ts';
import { reconcileServing } from '../serving/reconcile.ts';
import { countLimit } from '../write-status.ts';

export const defaultGateway: Gateway = {
  apiVersion: 'networking.openfunction.io/v1alpha1',
  kind: 'Gateway',
  metadata: { name: 'openfunction', namespace: 'openfunction' },
  spec: { domain: 'ofn.io' },
};

export const idle: Omit<ServingReport, 'uid'> = {
  verified: true,
  proven: true,
  reason: '',
  message: '',
  ready: 0,
  starting: 0,
  notHonoured: [],
  unpooled: [],
  isImage: false,
};

/** A controller that is stepped by hand, over a store that can be made to fail, with a pool and a builder that answer at once. */
export interface Platform {
  store: Store;
  clock: ManualClock;
  /** What the pool says of each Serving; nothing for undefined. */
  pool: (serving: Serving) => Omit<ServingReport, 'uid'> | undefined;
  /** What is said of the messages of each Serving; nothing for undefined. Absent: nobody brings messages. */
  bus?: (serving: Serving) => Omit<DeliveryReport, 'uid'> | undefined;
  capabilities: Capabilities;
  builder: BuilderClient;
  /** Writes until one fails, as in a crash; Infinity by default. */
  writesLeft: number;
  /** A new controller, which knows nothing but the store. */
  restart(): Promise<void>;
  /** Reconciles everything once. A failure ends the work on one object and no other. */
  step(): Promise<void>;
  /** Steps until nothing changes. */
  settle(): Promise<void>;
  routes(): Promise<Route[]>;
  /** Version of the whole store: it moves with every write. */
  revision(): Promise<string>;
  errors: unknown[];
}

export class Crash extends Error {}

const started = Date.parse('2026-01-01T00:00:00Z');

export async function platform(): Promise<Platform> {
  const clock = manualClock(started);
  const base = memoryStore({ clock });
  const store = failing(base, () => {
    if (self.writesLeft <= 0) throw new Crash('the process ended here');
    self.writesLeft -= 1;
  });
  let isRestless = false;
  let routes: RoutesService;
  const present = async (children: ChildIndex): Promise<void> => {
    for (const serving of (await base.list(servingKind)).items) children.seen(serving);
    for (const builder of (await base.list(builderKind)).items) children.seen(builder);
  };
  let context: FunctionContext;
  const self: Platform = {
    store: base,
    clock,
    pool: () => idle,
    capabilities: new Set(),
    builder: instantBuilder,
    writesLeft: Infinity,
    errors: [],
    restart: async () => {
      routes = routesService();
      const claims = routeClaims(() => (isRestless = true));
      const children = childIndex();
      await present(children);
      context = {
        store,
        routes,
        claims,
        grantReaders: grantReaders(),
        children,
        reports: new Map(),
        capabilities: self.capabilities,
        defaultGateway,
        counts: countLimit(),
        now: () => clock.now(),
      };
      for (const fn of (await base.list(functionKind)).items) await claimRoute(context, fn);
    },
    step: async () => {
      const reports = await reportsOf(base, self.pool);
      const { bus, capabilities } = self;
      context = { ...context, reports, capabilities, deliveries: bus && (await reportsOf(base, bus)) };
      await present(context.children);
      const each = async (kind: ResourceKind, work: (key: Key) => Promise<unknown>, extra: Iterable<string> = []): Promise<void> => {
        for (const id of await idsOf(base, kind, extra)) await attempt(self, () => work(keyFrom(id)));
      };
      await each(gatewayKind, (key) => reconcileGateway({ store, now: context.now }, key));
      await each(functionKind, (key) => reconcileFunction(context, key), context.claims.ids());
      await each(builderKind, (key) =>
        reconcileBuilder({ store, builder: self.builder, clock, signal: new AbortController().signal }, key),
      );
      await each(servingKind, (key) => reconcileServing({ ...context, counts: countLimit() }, key));
    },
    settle: async () => {
      for (let round = 0; round < 50; round += 1) {
        const before = await self.revision();
        const errors = self.errors.length;
        isRestless = false;
        await self.step();
        if ((await self.revision()) === before && self.errors.length === errors && !isRestless) return;
      }
      throw new Error('the platform does not come to rest');
    },
    routes: () => tableOf(routes),
    revision: async () => (await base.list(functionKind)).resourceVersion,
  };
  await self.restart();
  return self;
}

async function attempt(self: Platform, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Crash) throw error;
    self.errors.push(error);
  }
}

async function idsOf(store: Store, kind: ResourceKind, extra: Iterable<string>): Promise<Set<string>> {
  const { items } = await store.list(kind);
  return new Set([...items.map((each) => keyText(keyOf(each))), ...extra]);
}

async function reportsOf<R extends object>(
  store: Store,
  said: (serving: Serving) => R | undefined,
): Promise<Map<string, R & { uid: string }>> {
  const { items } = await store.list(servingKind);
  return new Map(
    items.flatMap((serving) => {
      const report = said(serving);
      return report === undefined ? [] : [[keyText(keyOf(serving)), { ...report, uid: serving.metadata.uid ?? '' }] as const];
    }),
  );
}

/** Every build succeeds; equal specs give equal digests. */
const instantBuilder: BuilderClient = {
  build: async function* ({ specJson }) {
    const { state: _state, ...spec } = JSON.parse(specJson) as Record<string, unknown>;
    yield { ...endedReport('Failed', '', ''), state: 'Succeeded', digest: digestOf(JSON.stringify(spec)), size: 1 };
  },
  cancel: async () => ({ log: '' }),
};

async function tableOf(routes: RoutesService): Promise<Route[]> {
  const found: Route[] = [];
  for await (const update of routes.watch({ gatewayId: 'test' }, { signal: new AbortController().signal })) {
    if ('snapshotEnd' in update) break;
    if ('upsert' in update) found.push(update.upsert);
  }
  return found.toSorted((left, right) => (left.id < right.id ? -1 : 1));
}

/** The same store, where `beforeWrite` runs before each write. */
function failing(store: Store, beforeWrite: () => void): Store {
  return {
    ...store,
    create: async (kind, object) => {
      beforeWrite();
      return store.create(kind, object);
    },
    update: async (kind, object) => {
      beforeWrite();
      return store.update(kind, object);
    },
    updateStatus: async (kind, object) => {
      beforeWrite();
      return store.updateStatus(kind, object);
    },
    apply: async (kind, object, options) => {
      beforeWrite();
      return store.apply(kind, object, options);
    },
    delete: async (kind, key, options) => {
      beforeWrite();
      return store.delete(kind, key, options);
    },
  };
}

function keyFrom(id: string): Key {
  const [namespace = '', name = ''] = id.split('/');
  return { namespace, name };
}

/** A Function in the namespace `demo`, which serves an image unless its spec says otherwise; its spec may be anything. */
export function functionOf(name: string, spec: object = {}): OFunction {
  return {
    apiVersion: 'core.openfunction.io/v1beta2',
    kind: 'Function',
    metadata: { name, namespace: 'demo' },
    spec: { image: `r.test/${name}:v1`, serving: { triggers: { http: {} } }, ...spec },
  };
}
