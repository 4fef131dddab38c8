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
  /** When the gateway's lease ends; undefined when it has none. */
  expiresAt(gateway: string): number | undefined;
  giveBack(gateway: string, slots: number): void;
  /** A gateway is gone: all it had is free. */
  disconnect(gateway: string): void;
  free(now: number): number;
}

export function slotLeases(limit: number, termMs: number): SlotLeases {
  const leases = new Map<string, Lease>();

  function free(now: number): number {
    let lent = 0;
    for (const [gateway, lease] of leases) {
      if (lease.expiresAt <= now) leases.delete(gateway);
      else lent += lease.slots;
    }
    return limit - lent;
  }

  return {
    free,
    expiresAt: (gateway) => leases.get(gateway)?.expiresAt,
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
    giveBack: (gateway, slots) => {
      const present = leases.get(gateway);
      if (present === undefined) return;
      if (present.slots <= slots) leases.delete(gateway);
      else leases.set(gateway, { ...present, slots: present.slots - Math.max(0, slots) });
    },
    disconnect: (gateway) => void leases.delete(gateway),
  };
}
