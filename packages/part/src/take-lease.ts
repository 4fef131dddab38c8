import { holdLease, type HeldLease } from '@openfunction/kube';
import type { Store } from '@openfunction/store';
import type { PartMetrics } from './part-metrics.ts';

export interface TakeLeaseOptions {
  store: Store;
  /** Of the part, and so of its Lease, which the chart makes. */
  name: string;
  settings: { OFN_NAMESPACE: string; OFN_POD_NAME: string; OFN_POD_IP: string };
  metrics: PartMetrics;
  fail: (message: string, fields?: unknown) => void;
  onError: (error: unknown) => void;
  onChange?: () => void;
}

export interface PartLease extends HeldLease {
  /** Where the holder is reached, by what was last seen. */
  holderHost(): string | undefined;
}

/** Competes with the other replicas for the part's Lease. Its record tells them where the holder is. */
export function takeLease({ store, name, settings, metrics, fail, onError, onChange }: TakeLeaseOptions): PartLease {
  const key = { namespace: settings.OFN_NAMESPACE, name };
  metrics.leads(key.name, false);
  const lease = holdLease({
    store,
    key,
    // The same after a restart of the container, whose earlier process is dead by then.
    identity: `${settings.OFN_POD_NAME}_${settings.OFN_POD_IP}`,
    onTaken: (holder) => fail('Another one holds the Lease now, so this one ends', { holder }),
    onError,
    onChange: (isHeld) => {
      metrics.leads(key.name, isHeld);
      onChange?.();
    },
  });
  return { ...lease, holderHost: () => lease.holder()?.split('_')[1] || undefined };
}
