import type { Client } from '@openfunction/client';
import { functionLabel, podKind, servingKind, type KubeObject, type Serving } from '@openfunction/resources/nouns';

interface ContainerState {
  waiting?: { reason?: string; message?: string };
  running?: { startedAt?: string };
  terminated?: { reason?: string; message?: string; exitCode?: number };
}

/** An instance, as both grounds show it. */
export interface Pod extends KubeObject {
  spec?: { containers?: { name: string }[] };
  status?: {
    phase?: string;
    reason?: string;
    message?: string;
    startTime?: string;
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
    containerStatuses?: { name: string; restartCount?: number; state?: ContainerState; lastState?: ContainerState }[];
  };
}

/** The Deployment of an instance stands between it and its owner, so a label names the owner as well. */
const ownerUidLabel = 'openfunction.io/owner-uid';

export function isOwnedBy({ metadata }: Pod, owner: KubeObject | undefined): boolean {
  const uid = owner?.metadata.uid;
  if (uid === undefined) return false;
  return metadata.ownerReferences?.some((one) => one.uid === uid) === true || metadata.labels?.[ownerUidLabel] === uid;
}

/** The instances that run for one of these owners now. */
export async function instancesOf(
  client: Client,
  owners: readonly KubeObject[],
  { namespace, signal }: { namespace: string; signal: AbortSignal },
): Promise<Pod[]> {
  const { items } = await client.list(podKind, { namespace, signal });
  return (items as Pod[]).filter((pod) => owners.some((owner) => isOwnedBy(pod, owner)));
}

export async function servingsOf(
  client: Client,
  name: string,
  { namespace, signal }: { namespace: string; signal: AbortSignal },
): Promise<Serving[]> {
  const { items } = await client.list(servingKind, { namespace, labelSelector: `${functionLabel}=${name}`, signal });
  return items;
}
