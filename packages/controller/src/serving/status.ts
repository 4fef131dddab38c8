import {
  mustLoadFirst,
  replacesAnnotation,
  servingDefaults,
  servingLabel,
  setCondition,
  type Condition,
  type Serving,
  type ServingStatus,
} from '@openfunction/resources';
import { pooled } from './conditions.ts';
import type { ServingReport } from '../function/world.ts';

export interface ServingView {
  serving: Serving;
  /** Of this very Serving. */
  report?: ServingReport;
  /** Where its Function is reached inside the cluster. */
  url: string;
  /** ISO 8601. */
  now: string;
}

type Said = Required<Pick<ServingStatus, 'state'>> & Pick<ServingStatus, 'reason' | 'message'>;

/** What a Serving's status says. Before pod-pool has spoken, what was said stands. */
export function servingStatus({ serving, report, url, now }: ServingView): ServingStatus {
  const before = serving.status;
  const { name, generation: observedGeneration = 0 } = serving.metadata;
  const said = saidOf(serving, report);
  const ready = setCondition(before?.conditions ?? [], { type: 'Ready', ...readyOf(said), observedGeneration }, now);
  const isPooled = pooled(report);
  const conditions = isPooled === undefined ? ready : setCondition(ready, { type: 'Pooled', ...isPooled, observedGeneration }, now);
  return {
    ...before,
    observedGeneration,
    phase: 'Serving',
    state: said.state,
    reason: said.reason,
    message: said.message,
    resourceRef: { 'openfunction.io/instances': `${servingLabel}=${name}` },
    url,
    replicas: report === undefined ? (before?.replicas ?? 0) : report.ready + report.starting,
    readyReplicas: report?.ready ?? before?.readyReplicas ?? 0,
    selector: `${servingLabel}=${name}`,
    conditions,
  };
}

function saidOf({ metadata, spec, status }: Serving, report: ServingReport | undefined): Said {
  if (report === undefined) return { state: status?.state || 'Starting', reason: status?.reason, message: status?.message };
  const replaces = metadata.annotations?.[replacesAnnotation] !== undefined;
  const { firstReplicas } = servingDefaults(spec, metadata.annotations);
  const mayBeCold = !replaces && firstReplicas === 0 && !mustLoadFirst(metadata.annotations);
  const isReady = report.proven || (mayBeCold && report.verified) || status?.state === 'Running';
  const trouble = { reason: report.reason || undefined, message: report.message || undefined };
  if (isReady) return { state: 'Running', ...(report.ready === 0 ? trouble : {}) };
  return { state: report.reason === '' ? 'Starting' : 'Failed', ...trouble };
}

function readyOf({ state, reason, message = '' }: Said): Pick<Condition, 'status' | 'reason' | 'message'> {
  if (state === 'Running') return { status: 'True', reason: 'Ready', message };
  return { status: state === 'Failed' ? 'False' : 'Unknown', reason: (state === 'Failed' ? reason : undefined) || state, message };
}
