import { gatewayKind, type Gateway } from '@openfunction/resources';
import type { Store } from '@openfunction/store';

/** Of OpenFunction 1.2, whose controller is gone: nothing else would ever let such a Gateway go. */
const formerFinalizer = 'networking.openfunction.io/finalizer';

/** Lets a Gateway go that an installation before this one holds. */
export async function releaseFormer(store: Store, gateway: Gateway): Promise<void> {
  const { finalizers = [] } = gateway.metadata;
  if (!finalizers.includes(formerFinalizer)) return;
  const kept = finalizers.filter((each) => each !== formerFinalizer);
  await store.update(gatewayKind, { ...gateway, metadata: { ...gateway.metadata, finalizers: kept } });
}
