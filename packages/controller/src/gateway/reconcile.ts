import { canonicalJson } from '@openfunction/artifact';
import { gatewayKind, validateGateway, type Gateway, type GatewayStatus, type Key, type Service } from '@openfunction/resources';
import type { Store } from '@openfunction/store';
import { reconcileService } from '../route/service.ts';
import { reconcileEntry, removeEntries, type Entry } from './entry.ts';
import { entryOf } from './kubernetes-gateway.ts';
import { releaseFormer } from './release-former.ts';
import { gatewayStatus } from './status.ts';

export interface GatewayContext {
  store: Store;
  /** DNS name of the Service of the platform's gateway, where there is one. */
  gatewayService?: string;
  /** Finds the IP address by which callers from outside come in. */
  findAddress?: () => Promise<string | undefined>;
  /** The Service to which Kubernetes Gateways lead; absent where there can be none. */
  backend?: Key;
  /** Where Services may be made; absent: everywhere. */
  namespaces?: readonly string[];
  now: () => number;
}

/** Addresses are read again so often, and not watched. */
const again = 30_000;

/** Writes the status of one Gateway, and keeps the Service `gateway` beside it, to which the names of Functions lead. */
export async function reconcileGateway(context: GatewayContext, key: Key): Promise<{ requeueAfterMs?: number }> {
  const { store, gatewayService } = context;
  const gateway = await store.get(gatewayKind, key);
  if (gateway === undefined) {
    if (context.backend !== undefined) await removeEntries(store, key);
    return {};
  }
  if (gateway.metadata.deletionTimestamp !== undefined) {
    await releaseFormer(store, gateway);
    return {};
  }
  const now = new Date(context.now()).toISOString();
  const causes = validateGateway(gateway);
  const entry = causes.length > 0 ? undefined : await entryFor(context, gateway);
  // The chart's own Service may have this very name: then there is nothing to lead to.
  const isOwn = gatewayService?.startsWith(`gateway.${key.namespace}.`) === true;
  const lacksService = gatewayService !== undefined && !isOwn && context.namespaces?.includes(key.namespace) === false;
  const world = { causes, entry, address: await context.findAddress?.(), lacksService, now };
  const status = JSON.parse(JSON.stringify(gatewayStatus(gateway, world))) as GatewayStatus;
  if (canonicalJson(status) !== canonicalJson(gateway.status ?? {})) await store.updateStatus(gatewayKind, { ...gateway, status });
  if (gatewayService !== undefined && !isOwn && !lacksService)
    await reconcileService(store, gateway, planGatewayService(gateway, gatewayService));
  return { requeueAfterMs: again };
}

async function entryFor({ store, backend }: GatewayContext, gateway: Gateway): Promise<Entry | undefined> {
  if (backend !== undefined) return reconcileEntry(store, gateway);
  if (entryOf(gateway) === undefined) return undefined;
  const message = 'There are no Kubernetes Gateways here. The platform’s own gateway serves the domain; remove gatewayRef and gatewayDef.';
  return { refused: { code: 'GatewayApiMissing', message } };
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
