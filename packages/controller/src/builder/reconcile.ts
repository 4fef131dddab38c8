import { canonicalJson } from '@openfunction/artifact';
import type { Clock } from '@openfunction/reconcile';
import {
  buildDefaults,
  builderKind,
  isEndedBuild,
  keyText,
  validateObject,
  type Builder,
  type BuilderStatus,
  type Key,
} from '@openfunction/resources';
import { StoreError, type Store } from '@openfunction/store';
import { because } from '../condition-error.ts';
import { causesText } from '../function/status.ts';
import { builderStatus, endedReport, type BuildReport } from './status.ts';

/** What the controller needs of builder.v1. */
export interface BuilderClient {
  build(request: { builder: string; uid: string; specJson: string }, options: { signal: AbortSignal }): AsyncIterable<BuildReport>;
  /** Answers with the last of what the build wrote. */
  cancel(request: { builder: string; uid: string }): Promise<{ log: string }>;
}

export interface BuilderContext {
  store: Store;
  builder: BuilderClient;
  clock: Clock;
  signal: AbortSignal;
}

/** Follows one Builder until it has ended, and writes its status on the way. */
export async function reconcileBuilder(context: BuilderContext, key: Key): Promise<void> {
  const builder = await context.store.get(builderKind, key);
  if (builder === undefined || isEndedBuild(builder.status?.state)) return;
  const causes = validateObject(builderKind, builder);
  if (causes.length > 0) return record(context, builder, endedReport('Failed', 'Invalid', causesText(causes)));
  if (builder.spec.state === 'Cancelled') {
    const { log } = await context.builder.cancel(requestOf(builder, key));
    const message = 'The build was cancelled. Change the Function, or deploy it again, to build anew.';
    return record(context, builder, endedReport('Canceled', 'Canceled', message, log));
  }
  const { timeoutMs } = buildDefaults(builder.spec);
  const createdMs = Date.parse(builder.metadata.creationTimestamp ?? new Date(context.clock.now()).toISOString());
  const leftMs = timeoutMs === undefined ? undefined : createdMs + timeoutMs - context.clock.now();
  if (await follow(context, builder, key, leftMs)) return;
  const { log } = await context.builder.cancel(requestOf(builder, key));
  const message = `The build did not end within its timeout of ${builder.spec.timeout}. Make it smaller, or raise spec.build.timeout.`;
  await record(context, builder, endedReport('Timeout', because('BuildTimeout'), message, log));
}

function requestOf(builder: Builder, key: Key): { builder: string; uid: string; specJson: string } {
  return { builder: keyText(key), uid: builder.metadata.uid ?? '', specJson: JSON.stringify(builder.spec) };
}

/** False when its time was over first. */
async function follow(context: BuilderContext, builder: Builder, key: Key, leftMs: number | undefined): Promise<boolean> {
  if (leftMs !== undefined && leftMs <= 0) return false;
  const late = new AbortController();
  const cancelTimer = leftMs === undefined ? undefined : context.clock.setTimeout(() => late.abort(), leftMs);
  try {
    const signal = AbortSignal.any([context.signal, late.signal]);
    for await (const report of context.builder.build(requestOf(builder, key), { signal })) {
      if (late.signal.aborted) return false;
      await record(context, builder, report);
    }
    return !late.signal.aborted;
  } catch (error) {
    if (late.signal.aborted) return false;
    throw error;
  } finally {
    cancelTimer?.();
  }
}

/** What has ended stays as it ended: a late report of a cancelled build says nothing. */
async function record({ store, clock }: BuilderContext, of: Builder, report: BuildReport): Promise<void> {
  const key = { namespace: of.metadata.namespace ?? '', name: of.metadata.name };
  const builder = await store.get(builderKind, key);
  if (builder === undefined || builder.metadata.uid !== of.metadata.uid || isEndedBuild(builder.status?.state)) return;
  const status = JSON.parse(JSON.stringify(builderStatus(builder, report, clock.now()))) as BuilderStatus;
  if (canonicalJson(builder.status ?? {}) === canonicalJson(status)) return;
  await store.updateStatus(builderKind, { ...builder, status }).catch((error: unknown) => {
    if (!(error instanceof StoreError && error.code === 'NotFound')) throw error;
  });
}
