import type { Client } from '@openfunction/client';
import { functionLabel, podKind, servingKind, type KubeObject, type Serving } from '@openfunction/resources';

/** An instance, as both grounds show it. */
export interface Pod extends KubeObject {
  spec?: { containers?: { name: string }[] };
  status?: { phase?: string; reason?: string; message?: string; startTime?: string };
}

export interface FunctionInstances {
  servings: Serving[];
  pods: Pod[];
}

/** The Servings of a Function, and the instances that run for them now. */
export async function functionInstances(client: Client, namespace: string, name: string, signal: AbortSignal): Promise<FunctionInstances> {
  const labelSelector = `${functionLabel}=${name}`;
  const { items: servings } = await client.list(servingKind, { namespace, labelSelector, signal });
  const uids = new Set(servings.map(({ metadata }) => metadata.uid));
  const { items } = await client.list(podKind, { namespace, signal });
  const pods = items.filter(({ metadata }) =>
    metadata.ownerReferences?.some((owner) => owner.kind === 'Serving' && uids.has(owner.uid)),
  ) as Pod[];
  return { servings, pods };
}
