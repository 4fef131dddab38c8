import type { InstanceId, Phase, Workload } from './workload.ts';

export interface PresentInstance {
  id: InstanceId;
  phase: Phase;
  adopted: boolean;
  /** Names what it was made from; another fingerprint means it is outdated. */
  fingerprint: string;
  createdAt: number;
}

export interface InstancePlan {
  spawn: number;
  destroy: InstanceId[];
}

/** Which instances to end and how many to start, so that a Workload has what it asks for. `undefined`: it was removed. */
export function planInstances(
  desired: { workload: Pick<Workload, 'replicas' | 'run' | 'leaving'>; fingerprint: string } | undefined,
  present: PresentInstance[],
): InstancePlan {
  const free = present.filter((instance) => !instance.adopted);
  if (desired === undefined) return { spawn: 0, destroy: free.map((instance) => instance.id) };
  const { replicas, run, leaving = [] } = desired.workload;
  // What has run once is done, whatever became of it: it stays as the answer.
  if (run === 'once') return { spawn: Math.max(0, replicas - free.length), destroy: [] };
  const current = free.filter((instance) => instance.fingerprint === desired.fingerprint);
  const outdated = free.filter((instance) => instance.fingerprint !== desired.fingerprint);
  const [ended, living] = [current.filter(isOver), current.filter((instance) => !isOver(instance))];
  const isLeaving = ({ id }: PresentInstance): number => Number(leaving.includes(id));
  // The readiest and oldest stay; the last one that failed stays too, to be asked why.
  const surplus = living.toSorted((left, right) => isLeaving(left) - isLeaving(right) || byWorth(left, right)).slice(replicas);
  const forgotten = ended.toSorted((left, right) => right.createdAt - left.createdAt).slice(1);
  return { spawn: Math.max(0, replicas - living.length), destroy: [...outdated, ...surplus, ...forgotten].map((instance) => instance.id) };
}

function isOver(instance: PresentInstance): boolean {
  return instance.phase === 'Failed' || instance.phase === 'Finished';
}

function byWorth(left: PresentInstance, right: PresentInstance): number {
  return Number(right.phase === 'Ready') - Number(left.phase === 'Ready') || left.createdAt - right.createdAt;
}
