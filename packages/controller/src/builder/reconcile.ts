import { canonicalJson } from '@openfunction/artifact';
import { builderKind, keyText, states, type Builder, type Key } from '@openfunction/resources';
import { StoreError, type Store } from '@openfunction/store';

/** What the controller needs of builder.v1. */
export interface BuilderClient {
  build(request: { builder: string; uid: string; specJson: string }, options: { signal: AbortSignal }): AsyncIterable<BuildReport>;
  cancel(request: { builder: string; uid: string }): Promise<unknown>;
}

export interface BuildReport {
  state: string;
  reason: string;
  message: string;
  digest: string;
  size: number | bigint;
  commitSha: string;
  commitAuthor: string;
  sourceDigest: string;
}

/** Follows one Builder until it has ended, and writes its status on the way. */
export async function reconcileBuilder(context: { store: Store; builder: BuilderClient; signal: AbortSignal }, key: Key): Promise<void> {
  const builder = await context.store.get(builderKind, key);
  if (builder === undefined || ['Succeeded', 'Failed', 'Timeout', 'Canceled'].includes(builder.status?.state ?? '')) return;
  const request = { builder: keyText(key), uid: builder.metadata.uid ?? '', specJson: JSON.stringify(builder.spec) };
  if (builder.spec.state === 'Cancelled') {
    await context.builder.cancel(request);
    await record(context.store, key, { state: 'Canceled', reason: 'Canceled', message: 'The build was cancelled.' });
    return;
  }
  for await (const report of context.builder.build(request, { signal: context.signal })) await record(context.store, key, statusOf(report));
}

function statusOf(report: BuildReport): NonNullable<Builder['status']> {
  const output = report.digest === '' ? {} : { output: { digest: report.digest, size: Number(report.size) } };
  const git = report.commitSha === '' ? {} : { git: { commitSha: report.commitSha, commitAuthor: report.commitAuthor } };
  const bundle = report.sourceDigest === '' ? {} : { bundle: { digest: report.sourceDigest } };
  return {
    phase: 'Build',
    state: states.find((each) => each === report.state),
    reason: report.reason,
    message: report.message,
    ...output,
    sources: [{ name: 'default', ...git, ...bundle }],
  };
}

async function record(store: Store, key: Key, status: NonNullable<Builder['status']>): Promise<void> {
  const builder = await store.get(builderKind, key);
  if (builder === undefined || canonicalJson(builder.status ?? {}) === canonicalJson(status)) return;
  await store.updateStatus(builderKind, { ...builder, status }).catch((error: unknown) => {
    if (!(error instanceof StoreError && error.code === 'NotFound')) throw error;
  });
}
