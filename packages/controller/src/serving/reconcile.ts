import {
  autoscalingCauses,
  functionLabel,
  gatewayDefaults,
  keyText,
  servingKind,
  setCondition,
  validateObject,
  type Gateway,
  type Key,
  type Serving,
  type ServingStatus,
} from '@openfunction/resources';
import type { Store } from '@openfunction/store';
import type { ServingReport } from '../function/world.ts';
import { causesText } from '../function/status.ts';
import { writeStatus, type CountLimit } from '../write-status.ts';
import { servingStatus } from './status.ts';

export interface ServingContext {
  store: Store;
  reports: ReadonlyMap<string, ServingReport>;
  defaultGateway: Gateway;
  counts: CountLimit;
  now: () => number;
}

/** Writes what is known of one Serving to its status. */
export async function reconcileServing(context: ServingContext, key: Key): Promise<{ requeueAfterMs?: number }> {
  const { store, reports, counts } = context;
  const serving = await store.get(servingKind, key);
  if (serving === undefined || serving.metadata.deletionTimestamp !== undefined) {
    counts.forget(keyText(key));
    return {};
  }
  const report = reports.get(keyText(key));
  const now = new Date(context.now()).toISOString();
  const url = `http://${serving.metadata.labels?.[functionLabel] ?? key.name}.${key.namespace}.svc.${gatewayDefaults(context.defaultGateway.spec).clusterDomain}/`;
  const own = report?.uid === serving.metadata.uid ? report : undefined;
  const status = refusedStatus(serving, now) ?? servingStatus({ serving, url, now, ...(own === undefined ? {} : { report: own }) });
  const plain = JSON.parse(JSON.stringify(status)) as ServingStatus;
  return writeStatus(store, servingKind, { ...serving, status: plain }, { before: serving.status, counts, nowMs: context.now() });
}

function refusedStatus(serving: Serving, now: string): ServingStatus | undefined {
  const found = validateObject(servingKind, serving);
  const { annotations } = serving.metadata;
  const causes = found.length > 0 ? found : autoscalingCauses({ serving: serving.spec, annotations }, 'spec');
  if (causes.length === 0) return undefined;
  const message = causesText(causes);
  const ready = {
    type: 'Ready',
    status: 'False' as const,
    reason: 'Invalid',
    message,
    observedGeneration: serving.metadata.generation ?? 0,
  };
  return {
    ...serving.status,
    state: 'Failed',
    reason: 'Invalid',
    message,
    conditions: setCondition(serving.status?.conditions ?? [], ready, now),
  };
}
