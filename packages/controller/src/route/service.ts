import { TerminalError } from '@openfunction/reconcile';
import {
  functionLabel,
  gatewayDefaults,
  keyOf,
  keyText,
  serviceKind,
  type Gateway,
  type KubeObject,
  type OFunction,
  type Service,
} from '@openfunction/resources';
import type { Store } from '@openfunction/store';
import { covers } from './covers.ts';

/** The name in the cluster's DNS by which other workloads call a Function: it leads to the gateway. */
export function planService(fn: OFunction, gateway: Gateway): Service {
  const { name, namespace, uid = '' } = fn.metadata;
  const owner = { apiVersion: fn.apiVersion, kind: fn.kind, name, uid, controller: true, blockOwnerDeletion: true };
  const externalName = `gateway.${gateway.metadata.namespace ?? ''}.svc.${gatewayDefaults(gateway.spec).clusterDomain}`;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels: { [functionLabel]: name }, ownerReferences: [owner] },
    spec: { type: 'ExternalName', externalName, ports: [{ name: 'http', port: 80, protocol: 'TCP' }] },
  };
}

/** Applies the Service that an object owns, or removes it; a Service of others stays as it is. */
export async function reconcileService(store: Store, owner: KubeObject, wanted: Service | undefined): Promise<void> {
  const key = keyOf(wanted ?? owner);
  const present = await store.get(serviceKind, key);
  const isOurs = present?.metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid) === true;
  if (wanted === undefined) {
    if (isOurs) await store.delete(serviceKind, key, { uid: present?.metadata.uid });
    return;
  }
  if (present !== undefined && !isOurs)
    throw new TerminalError(
      `The Service ${keyText(key)} was not made: another one has its name. Delete that, or rename the ${owner.kind}.`,
    );
  // An apply that changes nothing is still a write to the server that is asked for it.
  if (covers(present, wanted)) return;
  await store.apply(serviceKind, wanted, { fieldManager: 'openfunction-controller' });
}
