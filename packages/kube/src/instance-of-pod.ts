import type { KubeObject } from '@openfunction/resources';
import type { Digest, Instance, Outcome, Owner, Phase } from '@openfunction/workload';
import { container } from './function-pod.ts';
import { annotations, controlPort, labels, trafficPort } from './manifests.ts';
import { troubleOf, type StartingStatus, type Terminated } from './trouble-of-pod.ts';

export interface Pod extends KubeObject {
  spec: { restartPolicy?: string };
  status?: StartingStatus & {
    phase?: string;
    reason?: string;
    message?: string;
    podIP?: string;
  };
}

/** How the function's container ended, or any of them; also when it was started again since. */
function endOf({ status }: Pod): Terminated | undefined {
  const all = status?.containerStatuses ?? [];
  const [own] = all.filter(({ name }) => name === container);
  return [own, ...all].map((each) => each?.lastState?.terminated ?? each?.state?.terminated).find((ended) => ended !== undefined);
}

function outcomeOf(pod: Pod): Outcome {
  const ended = endOf(pod);
  const common = { exitCode: ended?.exitCode, message: ended?.message ?? '' };
  if (pod.status?.reason === 'DeadlineExceeded') return { ...common, succeeded: false, reason: 'DeadlineExceeded' };
  if (pod.status?.reason === 'Evicted' && /ephemeral|emptydir/i.test(pod.status.message ?? ''))
    return { ...common, succeeded: false, reason: 'StorageExceeded' };
  if (pod.status?.phase === 'Succeeded') return { ...common, succeeded: true, reason: 'Completed' };
  if (ended?.reason === 'OOMKilled') return { ...common, succeeded: false, reason: 'OOMKilled' };
  // Above 128 a signal ended it; without any code the pod was evicted or its node went.
  const killed = ended === undefined || ended.exitCode > 128;
  return { ...common, succeeded: false, reason: killed ? 'Killed' : 'Error' };
}

const isOnce = (pod: Pod): boolean => pod.spec.restartPolicy === 'Never';

function phaseOf(pod: Pod): Phase {
  const { phase, conditions = [], containerStatuses = [] } = pod.status ?? {};
  const runsOnce = isOnce(pod);
  if (phase === 'Succeeded' && runsOnce) return 'Finished';
  if (phase === 'Succeeded' || phase === 'Failed') return 'Failed';
  const isReady = conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True');
  if (portOf(pod) !== undefined) return isReady ? 'Ready' : 'Starting';
  // A restarted container would accept a second load beside what the first left in /work.
  const hasEnded = containerStatuses.some(
    ({ restartCount, state, lastState }) => restartCount > 0 || state?.terminated || lastState?.terminated,
  );
  if (hasEnded && !runsOnce) return 'Failed';
  // Whoever has a function is judged by its callers: a busy one answers no probe in time, and must not die of it.
  if (isAdopted(pod) && phase === 'Running') return 'Ready';
  return isReady ? 'Ready' : 'Starting';
}

/** Where an image that is no runner serves. */
function portOf(pod: Pod): number | undefined {
  const port = Number(pod.metadata.annotations?.[annotations.port]);
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
}

const isAdopted = (pod: Pod): boolean => pod.metadata.annotations?.[annotations.adopted] === 'true';

/** Its settings are still to come and must be sealed, hence it can be used only once its key is known. */
export function needsSealingKey(pod: Pod): boolean {
  return !isOnce(pod) && !isAdopted(pod) && pod.metadata.labels?.[labels.runtime] !== undefined;
}

/** Annotations can be edited by hand: an owner that cannot be read is none. */
function ownerOf(pod: Pod): Owner | undefined {
  try {
    const owner = JSON.parse(pod.metadata.annotations?.[annotations.owner] ?? 'null') as Owner | null;
    return typeof owner?.uid === 'string' && typeof owner.key?.name === 'string' ? owner : undefined;
  } catch {
    return undefined;
  }
}

/** What a pod of ours means in the words of the port. */
export function instanceOfPod(pod: Pod, sealingKey?: string): Instance {
  const { metadata } = pod;
  const known = phaseOf(pod);
  const phase = known === 'Ready' && needsSealingKey(pod) && sealingKey === undefined ? 'Starting' : known;
  const host = pod.status?.podIP;
  const runsOnce = isOnce(pod);
  const reachable = phase === 'Ready' && host !== undefined && !runsOnce;
  const owner = ownerOf(pod);
  const digest = metadata.annotations?.[annotations.digest] as Digest | undefined;
  const port = portOf(pod);
  const trouble = phase === 'Starting' ? troubleOf(pod.status) : undefined;
  const at = (number: number) => ({ kind: 'tcp', host: host ?? '', port: number }) as const;
  return {
    id: metadata.uid ?? '',
    name: metadata.name,
    workload: { namespace: metadata.namespace ?? '', name: metadata.labels?.[labels.workload] ?? '' },
    namespace: metadata.namespace ?? '',
    phase,
    createdAt: Date.parse(metadata.creationTimestamp ?? '') || 0,
    ...(port === undefined ? {} : { plain: true }),
    ...(trouble === undefined ? {} : { trouble }),
    ...(reachable ? { endpoints: { control: at(port ?? controlPort), traffic: at(port ?? trafficPort) } } : {}),
    ...(sealingKey === undefined ? {} : { sealingKey }),
    ...(owner === undefined ? {} : { owner }),
    ...(digest === undefined ? {} : { digest }),
    ...(phase === 'Finished' || phase === 'Failed' ? { finished: outcomeOf(pod) } : {}),
  };
}
