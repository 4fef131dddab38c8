import type { Health, InstanceUse, PoolInstances } from '@openfunction/protocol';
import { keyText } from '@openfunction/resources';
import type { Instance } from '@openfunction/workload';
import type { InstanceControl } from './instance-control.ts';
import type { InstanceView } from './instance-view.ts';

const healthMs = 2000;
const askedAtOnce = 32;
const mostInstances = 2000;

/** Asks the instances of functions what they use, for people. */
export function instanceUses(
  view: Pick<InstanceView, 'all'>,
  control: Pick<InstanceControl, 'health'>,
): Pick<PoolInstances, 'listInstances'> {
  async function useOf(instance: Instance): Promise<InstanceUse> {
    const { id, name = id, owner, endpoints, plain, createdAt } = instance;
    const isAsked = endpoints !== undefined && plain !== true;
    const health = isAsked ? await control.health(endpoints.control, healthMs).catch(() => undefined) : undefined;
    return { instance: name, serving: owner === undefined ? '' : keyText(owner.key), createdAtMs: createdAt, ...saidBy(health) };
  }
  return {
    listInstances: async ({ namespace }, signal) => {
      const wanted = [...view.all()].filter((one) => one.owner?.kind === 'Serving' && (namespace === '' || one.namespace === namespace));
      const instances: InstanceUse[] = [];
      for (let at = 0; at < Math.min(wanted.length, mostInstances) && !signal.aborted; at += askedAtOnce)
        instances.push(...(await Promise.all(wanted.slice(at, at + askedAtOnce).map(useOf))));
      return { instances };
    },
  };
}

function saidBy(health: Health | undefined): Omit<InstanceUse, 'instance' | 'serving' | 'createdAtMs'> {
  return {
    answered: health !== undefined,
    inFlight: amount(health?.inFlight),
    requests: amount(health?.requests),
    memoryBytes: amount(health?.memoryBytes),
    cpuMs: amount(health?.cpuMs),
  };
}

/** The function shares the process that answers, so this may be anything. */
function amount(value: unknown): number {
  return typeof value === 'number' && value >= 0 && Number.isSafeInteger(value) ? value : 0;
}
