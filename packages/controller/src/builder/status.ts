import {
  durationText,
  isEndedBuild,
  setCondition,
  states,
  type Builder,
  type BuilderStatus,
  type Condition,
} from '@openfunction/resources';

/** What builder.v1 says of a build. */
export interface BuildReport {
  state: string;
  reason: string;
  message: string;
  digest: string;
  size: number | bigint;
  commitSha: string;
  commitAuthor: string;
  sourceDigest: string;
  /** Of an ended build: the last of what it wrote. */
  log: string;
}

/** A report of an end that nobody but the controller decided. */
export function endedReport(state: 'Canceled' | 'Timeout' | 'Failed', reason: string, message: string, log = ''): BuildReport {
  return { state, reason, message, digest: '', size: 0, commitSha: '', commitAuthor: '', sourceDigest: '', log };
}

/** What a Builder's status says after that report. */
export function builderStatus(builder: Builder, report: BuildReport, nowMs: number): BuilderStatus {
  const { generation: observedGeneration = 0, creationTimestamp, name } = builder.metadata;
  const state = states.find((each) => each === report.state) ?? 'Created';
  const git = report.commitSha === '' ? {} : { git: { commitSha: report.commitSha, commitAuthor: report.commitAuthor } };
  const bundle = report.sourceDigest === '' ? {} : { bundle: { digest: report.sourceDigest } };
  const took = isEndedBuild(state) ? nowMs - Date.parse(creationTimestamp ?? new Date(nowMs).toISOString()) : undefined;
  const ready = { type: 'Ready', ...readyOf(state, report), observedGeneration };
  return {
    ...builder.status,
    observedGeneration,
    phase: 'Build',
    state,
    reason: report.reason || undefined,
    message: report.message || undefined,
    resourceRef: { 'openfunction.io/workload': `build-${name}` },
    ...(took === undefined ? {} : { buildDuration: durationText(took) }),
    ...(report.log === '' ? {} : { log: report.log }),
    ...(report.digest === '' ? {} : { output: { digest: report.digest, size: Number(report.size) } }),
    sources: [{ name: 'default', ...git, ...bundle }],
    conditions: setCondition(builder.status?.conditions ?? [], ready, new Date(nowMs).toISOString()),
  };
}

function readyOf(state: string, { reason, message }: BuildReport): Pick<Condition, 'status' | 'reason' | 'message'> {
  if (state === 'Succeeded') return { status: 'True', reason: 'Succeeded', message };
  return { status: isEndedBuild(state) ? 'False' : 'Unknown', reason: reason || state, message };
}
