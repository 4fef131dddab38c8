import type { Clock } from '@openfunction/reconcile';
import type { Store } from '@openfunction/store';
import { certificateSecrets } from './certificate-secrets.ts';
import { renewCertificates, type RenewOptions } from './renew.ts';

export interface KeepRenewingOptions {
  store: Pick<Store, 'get' | 'update'>;
  leading: () => boolean;
  settings: { OFN_NAMESPACE: string; OFN_CLUSTER_DOMAIN: string; OFN_CERTIFICATE_DAYS: number };
  clock: Clock;
  log: (message: string, fields: Record<string, unknown>) => void;
}

const parts = ['controller', 'builder', 'gateway', 'pod-pool', 'event-bus'];
/** Often enough for the steps of a new authority, which take ten minutes each. */
const everyMs = 5 * 60_000;

/** Looks after the certificates of the install for as long as this replica leads. */
export function keepRenewing({ store, leading, settings, clock, log }: KeepRenewingOptions): { close(): void } {
  const { OFN_NAMESPACE: namespace, OFN_CLUSTER_DOMAIN: domain, OFN_CERTIFICATE_DAYS: days } = settings;
  const secrets = certificateSecrets(store, namespace);
  const hostsOf = (part: string): string[] => [`${part}.${namespace}.svc`, `${part}.${namespace}.svc.${domain}`];
  const sets: Pick<RenewOptions, 'authority' | 'isGiven' | 'leaves'>[] = [
    { authority: 'authority', leaves: Object.fromEntries(parts.map((part) => [`${part}-tls`, hostsOf(part)])) },
    // Whom the API server believes stands in the CRDs, which helm writes.
    { authority: 'converter-authority', isGiven: true, leaves: { 'converter-tls': hostsOf('converter') } },
  ];

  async function look(now: number): Promise<void> {
    for (const set of sets) {
      if (!leading()) return;
      const written = await renewCertificates({ secrets, days, now, ...set });
      if (written.length > 0) log('Certificates were renewed', { of: written });
    }
  }
  let isClosed = false;
  let stop: () => void;
  const lookLater = (): void => {
    if (isClosed) return;
    stop = clock.setTimeout(() => {
      void look(clock.now())
        .catch((error: unknown) => log('The certificates are looked at again', { error }))
        .finally(lookLater);
    }, everyMs);
  };
  lookLater();
  return {
    close: () => {
      isClosed = true;
      stop();
    },
  };
}
