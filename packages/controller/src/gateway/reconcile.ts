import { canonicalJson } from '@openfunction/artifact';
import { gatewayKind, keyOf, validateGateway, type Gateway, type GatewayStatus, type Key, type Service } from '@openfunction/resources';
import { StoreError, type Store } from '@openfunction/store';
import { reconcileService } from '../route/service.ts';
import { releaseFormer } from './release-former.ts';
import { gatewayStatus } from './status.ts';

export interface GatewayContext {
  store: Store;
  /** DNS name of the Service of the platform's gateway, where there is one. */
  gatewayService?: string;
  now: () => number;
}

/** Writes the status of one Gateway, and keeps the Service `gateway` beside it, to which the names of Functions lead. */
export async function reconcileGateway(context: GatewayContext, key: Key): Promise<void> {
  const { store, gatewayService } = context;
  const gateway = await store.get(gatewayKind, key);
  if (gateway === undefined) return;
  if (gateway.metadata.deletionTimestamp !== undefined) return releaseFormer(store, gateway);
  const now = new Date(context.now()).toISOString();
  const status = JSON.parse(JSON.stringify(gatewayStatus(gateway, validateGateway(gateway), now))) as GatewayStatus;
  if (canonicalJson(status) !== canonicalJson(gateway.status ?? {})) await store.updateStatus(gatewayKind, { ...gateway, status });
  // The chart's own Service may have this very name: then there is nothing to lead to.
  if (gatewayService !== undefined && !gatewayService.startsWith(`gateway.${key.namespace}.`))
    await reconcileService(store, gateway, planGatewayService(gateway, gatewayService));
}

/** `gateway` in the namespace of a Gateway leads to the Service of the platform's gateway. */
export function planGatewayService(gateway: Gateway, externalName: string): Service {
  const { apiVersion, kind, metadata } = gateway;
  const owner = { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '', controller: true, blockOwnerDeletion: true };
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'gateway', namespace: metadata.namespace, ownerReferences: [owner] },
    spec: { type: 'ExternalName', externalName, ports: [{ name: 'http', port: 80, protocol: 'TCP' }] },
  };
}

/** Makes the default Gateway when there is none, and keeps its listeners where the platform's gateway listens. */
export async function ensureGateway(store: Store, wanted: Gateway): Promise<void> {
  const present = await store.get(gatewayKind, keyOf(wanted));
  if (present === undefined) {
    await store.create(gatewayKind, wanted).catch((error: unknown) => {
      if (!(error instanceof StoreError && error.code === 'AlreadyExists')) throw error;
    });
    return;
  }
  const { gatewaySpec } = wanted.spec;
  if (gatewaySpec === undefined || canonicalJson(present.spec.gatewaySpec ?? {}) === canonicalJson(gatewaySpec)) return;
  await store.update(gatewayKind, { ...present, spec: { ...present.spec, gatewaySpec } });
}
