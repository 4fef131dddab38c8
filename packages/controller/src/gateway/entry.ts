import { keyOf, keyText, type Gateway, type Key } from '@openfunction/resources';
import { StoreError, type Store } from '@openfunction/store';
import type { ConditionErrorCode } from '../condition-error.ts';
import { covers } from '../route/covers.ts';
import { entryOf, ownerLabel, ownerText, planKubernetesGateway } from './kubernetes-gateway.ts';
import { gatewayClassKind, kubernetesGatewayKind, type KubernetesGateway } from './kubernetes-objects.ts';

/** What became of the Kubernetes Gateway that a Gateway names or asks for. */
export interface Entry {
  /** Why there is none; the platform's own gateway serves the domain as before. */
  refused?: { code: ConditionErrorCode; message: string };
  /** As it is there. */
  found?: KubernetesGateway;
}

const ownGoesOn = 'The platform’s own gateway serves the domain as before.';

/** Makes the Kubernetes Gateway that is asked for, and removes those of before; undefined when none is asked for. */
export async function reconcileEntry(store: Store, gateway: Gateway): Promise<Entry | undefined> {
  const wanted = planKubernetesGateway(gateway);
  const entry = entryOf(gateway);
  const present = await owned(store, keyOf(gateway));
  for (const each of present ?? []) {
    if (wanted === undefined || keyText(keyOf(each)) !== keyText(keyOf(wanted))) await store.delete(kubernetesGatewayKind, keyOf(each));
  }
  if (entry === undefined) return undefined;
  if (present === undefined) {
    const message = `This cluster does not know the Gateway API: install its CRDs (gateway.networking.k8s.io/v1). ${ownGoesOn}`;
    return { refused: { code: 'GatewayApiMissing', message } };
  }
  return wanted === undefined ? referred(store, entry) : made(store, wanted);
}

async function referred(store: Store, entry: Key): Promise<Entry> {
  const found = await store.get(kubernetesGatewayKind, entry);
  if (found !== undefined) return { found };
  const message = `There is no Kubernetes Gateway "${keyText(entry)}". Create it, or correct gatewayRef. ${ownGoesOn}`;
  return { refused: { code: 'GatewayNotFound', message } };
}

async function made(store: Store, wanted: KubernetesGateway): Promise<Entry> {
  const { gatewayClassName } = wanted.spec;
  if ((await store.get(gatewayClassKind, { namespace: '', name: gatewayClassName })) === undefined) {
    const message = `There is no GatewayClass "${gatewayClassName}". Install the implementation that brings it, or correct gatewayDef. ${ownGoesOn}`;
    return { refused: { code: 'GatewayClassNotFound', message } };
  }
  const key = keyOf(wanted);
  const before = await store.get(kubernetesGatewayKind, key);
  if (before !== undefined && before.metadata.labels?.[ownerLabel] !== wanted.metadata.labels?.[ownerLabel]) {
    const message = `The Kubernetes Gateway "${keyText(key)}" is another’s. Name it in gatewayRef, or choose another name in gatewayDef. ${ownGoesOn}`;
    return { refused: { code: 'GatewayNotFound', message } };
  }
  if (before !== undefined && covers(before, wanted)) return { found: before };
  return { found: await store.apply(kubernetesGatewayKind, wanted, { fieldManager: 'openfunction-controller' }) };
}

/** Removes what was made for a Gateway that is gone. */
export async function removeEntries(store: Store, key: Key): Promise<void> {
  for (const each of (await owned(store, key)) ?? []) await store.delete(kubernetesGatewayKind, keyOf(each));
}

/** Kubernetes Gateways that were made for one of ours; undefined where the kind is not known. */
async function owned(store: Store, key: Key): Promise<KubernetesGateway[] | undefined> {
  try {
    return (await store.list(kubernetesGatewayKind, { labels: { [ownerLabel]: ownerText(key) } })).items;
  } catch (error) {
    if (error instanceof StoreError && error.code === 'NotFound') return undefined;
    throw error;
  }
}
