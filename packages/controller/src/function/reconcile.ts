import {
  advancedCauses,
  autoscalingCauses,
  builderKind,
  functionKind,
  functionSchema,
  gatewayDefaults,
  gatewayKind,
  keyOf,
  keyText,
  servingKind,
  validateFunction,
  type Capabilities,
  requestLimits,
  type FieldCause,
  type Gateway,
  type Key,
  type OFunction,
  type RequestLimits,
} from '@openfunction/resources';
import type { Store } from '@openfunction/store';
import { entryOf } from '../gateway/kubernetes-gateway.ts';
import type { HttpRoute } from '../gateway/kubernetes-objects.ts';
import { recordEvent } from '../events/recorder.ts';
import type { Conflict, RouteClaims } from '../route/claims.ts';
import type { GrantReaders } from '../route/grant-readers.ts';
import { foreignNamespaces, readGrants } from '../route/grants.ts';
import { planHttpRoute, type HttpRoutes } from '../route/http-route.ts';
import { planRoute, type PlannedEntry, type RoutePlan } from '../route/plan.ts';
import { routeOf } from '../route/route.ts';
import { planService, reconcileService } from '../route/service.ts';
import { routeView } from '../route/view.ts';
import type { RoutesService } from '../routes/routes-service.ts';
import { writeStatus, type CountLimit } from '../write-status.ts';
import { applyChildren, removeChildren } from './children.ts';
import type { ChildIndex } from './child-index.ts';
import { happenings } from './events.ts';
import { planFunction } from './plan.ts';
import { sooner, type DeliveryReport, type FunctionWorld, type RouteView, type ServingReport } from './world.ts';

export interface FunctionContext {
  store: Store;
  routes: RoutesService;
  claims: RouteClaims;
  grantReaders: GrantReaders;
  children: ChildIndex;
  /** namespace/name of a Serving → what pod-pool last said. */
  reports: ReadonlyMap<string, ServingReport>;
  /** The same of whoever brings messages; absent where nobody does. */
  deliveries?: ReadonlyMap<string, DeliveryReport> | undefined;
  /** What this ground honours beyond what every ground does. */
  capabilities: Capabilities;
  defaultGateway: Gateway;
  counts: CountLimit;
  /** Where Kubernetes Gateways may lead callers here. */
  entries?: { backend: Key; routes: HttpRoutes } | undefined;
  /** Milliseconds since the epoch. */
  now: () => number;
}

interface Reached {
  plan: RoutePlan;
  entries: PlannedEntry[];
  /** Absent where only messages reach it. */
  callers?: { view: RouteView; gateway: Gateway };
}

/** Brings the world of one Function to its plan; writes nothing when it is there. */
export async function reconcileFunction(context: FunctionContext, key: Key): Promise<{ requeueAfterMs?: number }> {
  const { store, routes, claims, counts } = context;
  const fn = await store.get(functionKind, key);
  if (fn === undefined || fn.metadata.deletionTimestamp !== undefined) {
    routes.remove(keyText(key));
    claims.release(keyText(key));
    context.grantReaders.reads(keyText(key), []);
    counts.forget(keyText(key));
    return {};
  }
  const causes = causesOf(fn);
  const reached = await reach(context, fn, causes.length === 0 || isReadable(fn));
  const world = await worldOf(context, fn, causes, reached?.callers?.view);
  const plan = planFunction(world);
  await applyChildren(context, fn, plan);
  if (reached === undefined) routes.remove(keyText(key));
  else
    routes.set(
      routeOf({
        key,
        entries: [...reached.entries, ...reached.plan.messages],
        traffic: plan.traffic,
        status: plan.status,
        createdAt: fn.metadata.creationTimestamp,
        limits: limitsOf(world, plan.traffic),
      }),
    );
  const status = JSON.parse(JSON.stringify(plan.status)) as NonNullable<OFunction['status']>;
  const written = await writeStatus(store, functionKind, { ...fn, status }, { before: fn.status, counts, nowMs: context.now() });
  if (written.isWritten) for (const each of happenings(fn.status, status)) await recordEvent(store, fn, each, context.now());
  // After the route and the status have moved, so that a crash between never leaves callers without a Serving.
  await removeChildren(store, fn, plan);
  await context.entries?.routes.reconcile(fn, reached && httpRouteOf(context.entries.backend, fn, reached));
  // Last, because a name that is taken must not keep the function from its other addresses. A function that only messages
  // reach has no name in the cluster's DNS: whoever called it by one would get a 404 and nothing else.
  await reconcileService(store, fn, reached?.callers && planService(fn, reached.callers.gateway));
  const requeueAfterMs = sooner(plan.requeueAfterMs, written.requeueAfterMs);
  return requeueAfterMs === undefined ? {} : { requeueAfterMs };
}

function limitsOf({ servings }: FunctionWorld, traffic: string | undefined): RequestLimits {
  const serving = servings.find(({ metadata }) => metadata.name === traffic);
  return serving === undefined ? {} : requestLimits({ serving: serving.spec, annotations: serving.metadata.annotations });
}

function httpRouteOf(backend: Key, fn: OFunction, { callers, entries }: Reached): HttpRoute | undefined {
  const entry = callers && entryOf(callers.gateway);
  return entry && planHttpRoute({ fn, entries, entry, backend });
}

type ClaimContext = Pick<FunctionContext, 'store' | 'claims' | 'grantReaders' | 'capabilities' | 'defaultGateway'>;

/** Asks for the hosts and paths of a Function, without deciding anything else; whoever starts does this for all before the first decision. */
export async function claimRoute(context: ClaimContext, fn: OFunction): Promise<void> {
  await claimed(context, fn, isReadable(fn));
}

interface Claimed {
  plan: RoutePlan;
  gateway?: Gateway;
  conflicts: Conflict[];
}

/** A spec that its schema refuses cannot be read at all. */
function isReadable(fn: OFunction): boolean {
  return functionSchema.safeParse(fn).success;
}

async function claimed(context: ClaimContext, fn: OFunction, readable: boolean): Promise<Claimed | undefined> {
  const { store, claims, capabilities, defaultGateway } = context;
  const id = keyText(keyOf(fn));
  const gateway = await gatewayOf(store, defaultGateway, fn);
  const { clusterDomain } = gatewayDefaults(defaultGateway.spec);
  const foreign = readable ? foreignNamespaces(fn) : [];
  // Before they are read: a change after that puts the Function in line again.
  context.grantReaders.reads(id, foreign);
  const grants = await readGrants(store, foreign);
  const plan = readable ? planRoute({ fn, gateway, clusterDomain, grants, capabilities }) : undefined;
  if (plan === undefined) {
    claims.release(id);
    return undefined;
  }
  const { creationTimestamp = '' } = fn.metadata;
  const conflicts = claims.claim({ id, createdAt: creationTimestamp, entries: plan.entries, chosen: plan.chosen });
  return { plan, conflicts, ...(gateway === undefined ? {} : { gateway }) };
}

async function reach(context: FunctionContext, fn: OFunction, readable: boolean): Promise<Reached | undefined> {
  const found = await claimed(context, fn, readable);
  if (found === undefined) return undefined;
  const { plan, gateway, conflicts } = found;
  if (plan.service === undefined) return { plan, entries: [] };
  const entries = plan.entries.filter((entry) => !conflicts.some((conflict) => conflict.entry === entry));
  const now = new Date(context.now()).toISOString();
  return {
    plan,
    entries,
    callers: { view: routeView({ fn, plan, entries, conflicts, gateway, now }), gateway: gateway ?? context.defaultGateway },
  };
}

/** What admission finds, and what it may not refuse: others write annotations too, and what its schema left open may be stored. */
function causesOf(fn: OFunction): FieldCause[] {
  const causes = validateFunction(fn);
  // What its schema refuses cannot be read.
  if (causes.length > 0 || fn.spec.serving === undefined) return causes;
  const { scaleOptions } = fn.spec.serving;
  return [
    ...autoscalingCauses({ serving: fn.spec.serving, annotations: fn.metadata.annotations }, 'spec.serving'),
    ...advancedCauses(scaleOptions?.keda?.scaledObject?.advanced, 'spec.serving.scaleOptions.keda.scaledObject.advanced'),
  ];
}

async function worldOf(
  context: FunctionContext,
  fn: OFunction,
  causes: FieldCause[],
  route: RouteView | undefined,
): Promise<FunctionWorld> {
  const { namespace } = keyOf(fn);
  const servings = await context.children.read(context.store, servingKind, fn);
  const builders = await context.children.read(context.store, builderKind, fn);
  const ofServings = <R extends { uid: string }>(said: ReadonlyMap<string, R>): Map<string, R> =>
    new Map(
      servings.flatMap(({ metadata }) => {
        const report = said.get(`${namespace}/${metadata.name}`);
        return report === undefined || report.uid !== metadata.uid ? [] : [[metadata.name, report] as const];
      }),
    );
  const now = new Date(context.now()).toISOString();
  return {
    fn,
    causes,
    builders,
    servings,
    reports: ofServings(context.reports),
    ...(context.deliveries === undefined ? {} : { deliveries: ofServings(context.deliveries) }),
    capabilities: context.capabilities,
    now,
    ...(route === undefined ? {} : { route }),
  };
}

/** The Gateway that a Function names, or the default one; undefined when the one it names does not exist. */
async function gatewayOf(store: Store, defaultGateway: Gateway, fn: OFunction): Promise<Gateway | undefined> {
  const own = fn.spec?.serving?.triggers?.http?.route?.gatewayRef;
  const standard = keyOf(defaultGateway);
  const key = own === undefined ? standard : { namespace: own.namespace ?? standard.namespace, name: own.name };
  const found = await store.get(gatewayKind, key);
  return found ?? (keyText(key) === keyText(standard) ? defaultGateway : undefined);
}
