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
