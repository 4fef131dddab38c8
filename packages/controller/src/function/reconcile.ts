import { canonicalJson } from '@openfunction/artifact';
import {
  builderKind,
  functionKind,
  functionLabel,
  gatewayKind,
  keyText,
  servingKind,
  type Gateway,
  type Key,
  type KubeObject,
  type OFunction,
} from '@openfunction/resources';
import { StoreError, type Store } from '@openfunction/store';
import { planRoute } from '../gateway/plan.ts';
import { routeStatus } from '../gateway/route-status.ts';
import { planService, reconcileService } from '../gateway/service.ts';
import type { RoutesService } from '../routes/routes-service.ts';
import { planFunction, type FunctionPlan, type ServingReport } from './plan.ts';

export interface FunctionContext {
  store: Store;
  routes: RoutesService;
  /** namespace/name of a Serving → what pod-pool last said. */
  reports: ReadonlyMap<string, ServingReport>;
  defaultGateway: Gateway;
  /** Milliseconds since the epoch. */
  now: () => number;
}

/** Brings the world of one Function to its plan; writes nothing when it is there. */
export async function reconcileFunction(context: FunctionContext, key: Key): Promise<void> {
  const fn = await context.store.get(functionKind, key);
  if (fn === undefined || fn.metadata.deletionTimestamp !== undefined) {
    context.routes.remove(keyText(key));
    return;
  }
  const owned = { namespace: key.namespace, labels: { [functionLabel]: key.name } };
  const isOurs = (child: KubeObject): boolean => child.metadata.ownerReferences?.some(({ uid }) => uid === fn.metadata.uid) === true;
  const servings = (await context.store.list(servingKind, owned)).items.filter(isOurs);
  const builders = (await context.store.list(builderKind, owned)).items.filter(isOurs);
  const reports = new Map(
    servings.flatMap(({ metadata: { name } }) => {
      const report = context.reports.get(`${key.namespace}/${name}`);
      return report === undefined ? [] : [[name, report] as const];
    }),
  );
  const now = new Date(context.now()).toISOString();
  const plan = planFunction({ fn, builders, servings, reports, now });
  await applyChildren(context.store, plan);
  const gateway = await gatewayOf(context, fn);
  const route = planRoute({ fn: { ...fn, status: plan.status }, gateway, traffic: plan.traffic });
  if (route === undefined) context.routes.remove(keyText(key));
  else context.routes.set(route);
  const status = JSON.parse(
    JSON.stringify({ ...plan.status, ...(plan.traffic === undefined ? {} : routeStatus(fn, route, now)) }),
  ) as OFunction['status'];
  if (canonicalJson(status) !== canonicalJson(fn.status ?? {})) await context.store.updateStatus(functionKind, { ...fn, status });
  // After the route and the status have moved, so that a crash between never leaves callers without a Serving.
  await removeChildren(context.store, key.namespace, plan);
  // Last, because a name that is taken must not keep the function from its other addresses.
  await reconcileService(context.store, fn, route === undefined ? undefined : planService(fn, gateway));
}

async function applyChildren(store: Store, plan: FunctionPlan): Promise<void> {
  const unlessThere = (error: unknown): void => {
    if (!(error instanceof StoreError && error.code === 'AlreadyExists')) throw error;
  };
  for (const builder of plan.cancel) await store.update(builderKind, { ...builder, spec: { ...builder.spec, state: 'Cancelled' } });
  if (plan.create.builder !== undefined) await store.create(builderKind, plan.create.builder).catch(unlessThere);
  if (plan.create.serving !== undefined) await store.create(servingKind, plan.create.serving).catch(unlessThere);
}

async function removeChildren(store: Store, namespace: string, plan: FunctionPlan): Promise<void> {
  for (const name of plan.remove.servings) await store.delete(servingKind, { namespace, name });
  for (const name of plan.remove.builders) await store.delete(builderKind, { namespace, name });
}

async function gatewayOf({ store, defaultGateway }: FunctionContext, fn: OFunction): Promise<Gateway> {
  const ref = fn.spec.serving?.triggers?.http?.route?.gatewayRef;
  const { name, namespace } = defaultGateway.metadata;
  const gateway = await store.get(gatewayKind, { namespace: ref?.namespace ?? namespace ?? '', name: ref?.name ?? name });
  return gateway ?? defaultGateway;
}
