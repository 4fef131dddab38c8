export interface Lease {
  slots: number;
  expiresAt: number;
}

/** The slots of one instance, lent to gateways: together never more than its limit. */
export interface SlotLeases {
  /** Lends up to `wanted` more slots; answers the gateway's whole lease. */
  lend(gateway: string, wanted: number, now: number): Lease;
  /** Keeps what the gateway has for another term; undefined when it has nothing. */
  renew(gateway: string, now: number): Lease | undefined;
  /** What the gateway itself says that it holds, which may be all that is known; undefined: nothing. */
  restore(gateway: string, held: Lease | undefined): void;
  /** When the gateway's lease ends; undefined when it has none. */
  expiresAt(gateway: string): number | undefined;
  /** When the last lease ends of a gateway that cannot be told to stop. */
  lastExpiry(isConnected: (gateway: string) => boolean): number;
  free(now: number): number;
}

/**
 * A gateway that is out of reach may still use its slots, so they come back when it says so, with the first
 * message of its next stream, or when the lease ends.
 */
export function slotLeases(limit: number, termMs: number): SlotLeases {
  const leases = new Map<string, Lease>();

  function free(now: number): number {
    let lent = 0;
    for (const [gateway, lease] of leases) {
      if (lease.expiresAt <= now) leases.delete(gateway);
      else lent += lease.slots;
    }
    return Math.max(0, limit - lent);
  }

  return {
    free,
    expiresAt: (gateway) => leases.get(gateway)?.expiresAt,
    lastExpiry: (isConnected) => Math.max(0, ...[...leases].flatMap(([gateway, lease]) => (isConnected(gateway) ? [] : [lease.expiresAt]))),
    lend: (gateway, wanted, now) => {
      const more = Math.max(0, Math.min(wanted, free(now)));
      const lease = { slots: (leases.get(gateway)?.slots ?? 0) + more, expiresAt: now + termMs };
      if (lease.slots > 0) leases.set(gateway, lease);
      return lease;
    },
    renew: (gateway, now) => {
      free(now);
      const present = leases.get(gateway);
      if (present === undefined) return undefined;
      const lease = { slots: present.slots, expiresAt: now + termMs };
      leases.set(gateway, lease);
      return lease;
    },
    restore: (gateway, held) => {
      if (held === undefined || held.slots === 0) leases.delete(gateway);
      else leases.set(gateway, held);
    },
  };
}
