import type { Subscription } from './delivery.ts';

/** The subscriptions of a component that are not closed yet, which are closed with it. */
export interface OpenSubscriptions {
  /** The same subscription, which is forgotten once it has been closed. */
  keep(subscription: Subscription): Subscription;
  close(signal?: AbortSignal): Promise<void>;
}

export function openSubscriptions(): OpenSubscriptions {
  const open = new Set<Subscription>();
  return {
    keep(subscription) {
      const kept: Subscription = {
        ...subscription,
        close: (signal) => subscription.close(signal).finally(() => open.delete(kept)),
      };
      open.add(kept);
      return kept;
    },
    async close(signal) {
      await Promise.all([...open].map((subscription) => subscription.close(signal)));
    },
  };
}
