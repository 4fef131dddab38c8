import type { Store } from '@openfunction/store';
import { renewCertificates } from './renew.ts';

export interface KeepRenewingOptions {
  store: Store;
  leading: () => boolean;
  settings: { OFN_NAMESPACE: string; OFN_CLUSTER_DOMAIN: string; OFN_CERTIFICATE_DAYS: number };
  log: (message: string, fields: Record<string, unknown>) => void;
}

const parts = ['controller', 'builder', 'gateway', 'pod-pool'];
/** Often enough for the steps of a new authority, which take ten minutes each. */
const everyMs = 5 * 60_000;

/** Looks after the certificates between the parts for as long as this replica leads. */
export function keepRenewing({ store, leading, settings, log }: KeepRenewingOptions): { close(): void } {
  const { OFN_NAMESPACE: namespace, OFN_CLUSTER_DOMAIN: domain, OFN_CERTIFICATE_DAYS: days } = settings;
  const leaves = Object.fromEntries(
    parts.map((part) => [`${part}-tls`, [`${part}.${namespace}.svc`, `${part}.${namespace}.svc.${domain}`]]),
  );

  async function look(): Promise<void> {
    if (!leading()) return;
    const written = await renewCertificates({ store, namespace, leaves, days, now: Date.now() });
    if (written.length > 0) log('Certificates were renewed', { secrets: written });
  }
  const looking = (): void => void look().catch((error: unknown) => log('The certificates are looked at again', { error }));
  const timer = setInterval(looking, everyMs).unref();
  return { close: () => clearInterval(timer) };
}
