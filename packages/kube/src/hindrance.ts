import type { KubeObject } from '@openfunction/resources';
import type { Trouble } from '@openfunction/workload';

interface Condition {
  type: string;
  status: string;
  message?: string;
}

/** What of it tells whether it gets pods. */
export interface DeploymentStatus {
  conditions?: Condition[];
}

const mostSaid = 500;

/** Why a Deployment gets no pods, as its conditions say; undefined while it gets them. */
export function hindranceOf(conditions: readonly Condition[] = []): Trouble | undefined {
  const failure = conditions.find(({ type, status }) => type === 'ReplicaFailure' && status === 'True');
  return failure === undefined ? undefined : refusalOf(failure.message);
}

export interface Job extends KubeObject {
  status?: { active?: number; conditions?: Condition[] };
}

/** That a Job has no pod, though it had time for one. Why is in Events alone, which the parts have no right to read. */
export function jobHindrance(job: Job | undefined): Trouble | undefined {
  const { active = 0, conditions = [] } = job?.status ?? {};
  if (job === undefined || active > 0 || conditions.length > 0) return undefined;
  const { name, namespace = '' } = job.metadata;
  const message = `The cluster makes no pod for the Job "${name}": most likely a ResourceQuota of the namespace "${namespace}" has no room for it. See "kubectl describe job ${name} -n ${namespace}", and raise the quota or wait until other builds have ended.`;
  return { code: 'ContainerNotCreated', message };
}

/** In a sentence, what an API server said to whoever wanted to make a pod. */
export function refusalOf(said = 'no reason is given'): Trouble {
  const [, quota = '', requested = '', used = '', limited = ''] =
    /exceeded quota: ([^,]+), requested: (.+), used: (.+), limited: (\S+)/.exec(said) ?? [];
  if (quota !== '') {
    const message = `The ResourceQuota "${quota}" refuses an instance: it asks for ${spaced(requested)}, ${spaced(used)} are in use, and the limit is ${spaced(limited)}. Ask for less in the resources of the template, or raise the quota.`;
    return { code: 'QuotaExceeded', message };
  }
  const [, unmet = '', fields = ''] = /failed quota: ([^:]+): must specify (.+)/.exec(said) ?? [];
  if (unmet !== '') {
    const message = `The ResourceQuota "${unmet}" refuses an instance that does not say ${fields.slice(0, mostSaid)}. Say it in the resources of the template.`;
    return { code: 'QuotaExceeded', message };
  }
  const line = said.replaceAll(/\s+/g, ' ').trim().slice(0, mostSaid);
  const message = `The cluster refuses to make an instance: ${line}${/[.!?]$/.test(line) ? '' : '.'} Correct what it names, or ask who runs the cluster.`;
  return { code: 'ContainerNotCreated', message };
}

/** Amounts as people list them. */
function spaced(amounts: string): string {
  return amounts
    .trim()
    .slice(0, mostSaid)
    .replaceAll(/,(?=\S)/g, ', ');
}
