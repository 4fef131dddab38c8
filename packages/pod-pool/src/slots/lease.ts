export interface Lease {
  slots: number;
  expiresAt: number;
}

/** The gateway's whole lease, and how many slots of it are new. */
export interface Lent {
  lease: Lease;
  added: number;
}

/** The slots of one instance, lent to gateways: together never more than its limit. */
export interface SlotLeases {
  /** Lends up to `wanted` more slots. A lease that did not grow lasts no longer: nobody would tell the gateway. */
  lend(gateway: string, wanted: number, now: number): Lent;
  /** Keeps what the gateway has for another term; undefined when it has nothing. */
  renew(gateway: string, now: number): Lease | undefined;
  /**
   * Leaves the gateway `slots` at most; undefined when it has no more. What it used is free only when it says so, of a time
   * when it had heard of this: it tells by the number of the grant.
   */
  reduce(gateway: string, slots: number, grant: number): Lease | undefined;
  /** The gateway uses so many, and has heard all grants up to that number. */
  confirm(gateway: string, used: { inFlight: number; grantsSeen: number }): void;
  /** What the gateway itself says that it holds, which may be all that is known; undefined: nothing. */
  restore(gateway: string, held: Lease | undefined): void;
  /** Slots of the gateway; 0 when it has none. A lease that ended counts until somebody asks what is free. */
  slotsOf(gateway: string): number;
  /** Slots that it has had for a while: it has used the others hardly yet, and to take them back at once would move them to and fro. */
  settledOf(gateway: string, now: number): number;
  /** When the gateway's lease ends; undefined when it has none. */
  expiresAt(gateway: string): number | undefined;
  /** When the last lease ends of a gateway that cannot be told to stop. */
  lastExpiry(isConnected: (gateway: string) => boolean): number;
  free(now: number): number;
  /** Slots that were taken back, and may still be used. */
  returning(): number;
}

interface Owing extends Lease {
  /** What it may still use of the slots that were taken back, until it has heard of that. */
  owed: number;
  /** The grant that took slots back. */
  reducedBy: number;
  /** How many of the slots came of late, and when the last of them did. */
  late: number;
  lentAt: number;
}

/** Two reports of a gateway. */
const settledMs = 500;

/**
 * A gateway that is out of reach may still use its slots, so they come back when it says so, with the first
 * message of its next stream, or when the lease ends.
 */
export function slotLeases(limit: number, termMs: number): SlotLeases {
  const leases = new Map<string, Owing>();
  const leaseOf = ({ slots, expiresAt }: Owing): Lease => ({ slots, expiresAt });

  const lateOf = ({ late, lentAt }: Owing, now: number): number => (now - lentAt < settledMs ? late : 0);

  function free(now: number): number {
    let lent = 0;
    for (const [gateway, lease] of leases) {
      if (lease.expiresAt <= now) leases.delete(gateway);
      else lent += Math.max(lease.slots, lease.owed);
    }
    return Math.max(0, limit - lent);
  }

  return {
    free,
    returning: () => leases.values().reduce((sum, { slots, owed }) => sum + Math.max(0, owed - slots), 0),
    slotsOf: (gateway) => leases.get(gateway)?.slots ?? 0,
    settledOf: (gateway, now) => {
      const present = leases.get(gateway);
      return present === undefined ? 0 : present.slots - lateOf(present, now);
    },
    expiresAt: (gateway) => leases.get(gateway)?.expiresAt,
    lastExpiry: (isConnected) => Math.max(0, ...[...leases].flatMap(([gateway, lease]) => (isConnected(gateway) ? [] : [lease.expiresAt]))),
    lend: (gateway, wanted, now) => {
      const unused = free(now);
      const present = leases.get(gateway) ?? { slots: 0, expiresAt: now, owed: 0, reducedBy: 0, late: 0, lentAt: now };
      // What it owes it may have back at once.
      const most = Math.max(present.slots, present.owed) + unused;
      const slots = Math.min(most, present.slots + Math.max(0, wanted));
      const added = slots - present.slots;
      if (added === 0) return { lease: leaseOf(present), added };
      const late = lateOf(present, now) + added;
      const lease = { ...present, slots, late, lentAt: now, expiresAt: now + termMs };
      leases.set(gateway, lease);
      return { lease: leaseOf(lease), added };
    },
    renew: (gateway, now) => {
      free(now);
      const present = leases.get(gateway);
      if (present === undefined) return undefined;
      present.expiresAt = now + termMs;
      return leaseOf(present);
    },
    reduce: (gateway, slots, grant) => {
      const present = leases.get(gateway);
      if (present === undefined || present.slots <= slots) return undefined;
      const lease = {
        ...present,
        slots,
        owed: Math.max(present.slots, present.owed),
        reducedBy: grant,
        late: Math.min(present.late, slots),
      };
      leases.set(gateway, lease);
      return leaseOf(lease);
    },
    confirm: (gateway, { inFlight, grantsSeen }) => {
      const present = leases.get(gateway);
      if (present === undefined || present.owed === 0 || grantsSeen < present.reducedBy) return;
      present.owed = inFlight > present.slots ? inFlight : 0;
      if (present.slots === 0 && present.owed === 0) leases.delete(gateway);
    },
    restore: (gateway, held) => {
      if (held === undefined || held.slots === 0) leases.delete(gateway);
      else leases.set(gateway, { ...held, owed: 0, reducedBy: 0, late: 0, lentAt: 0 });
    },
  };
}
