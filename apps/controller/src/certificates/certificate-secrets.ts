import { secretKind, type Secret } from '@openfunction/resources';
import type { Store } from '@openfunction/store';

/** Where certificates lie. */
export interface CertificateSecrets {
  get(name: string): Promise<Secret | undefined>;
  /** Writes what `get` gave, with other data. */
  put(secret: Secret): Promise<void>;
}

/**
 * The Secret of a name has what the chart made at first and keeps; what is made later is written beside it, into one that the chart
 * leaves empty. So neither an upgrade nor a rollback of the chart brings back what has ended.
 */
export function certificateSecrets(store: Pick<Store, 'get' | 'update'>, namespace: string): CertificateSecrets {
  return {
    get: async (name) => {
      const first = await store.get(secretKind, { namespace, name });
      const renewed = await store.get(secretKind, { namespace, name: `${name}-renewed` });
      if (renewed === undefined || Object.keys(renewed.data ?? {}).length > 0) return renewed ?? first;
      return { ...renewed, data: first?.data };
    },
    put: async (secret) => {
      await store.update(secretKind, secret);
    },
  };
}
