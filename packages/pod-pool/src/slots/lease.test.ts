import fc from 'fast-check';
import { expect, it } from 'vitest';
import { slotLeases, type Lease } from './lease.ts';

const small = fc.nat({ max: 50 });
const step = fc.record({
  kind: fc.constantFrom('lend', 'renew', 'restart', 'reconnect'),
  gateway: fc.constantFrom('a', 'b', 'c'),
  slots: small,
  after: small,
});

it('lends what was taken back when its gateway has said that it uses it no more, having heard of that', () => {
  const leases = slotLeases(10, 60);
  leases.lend('a', 10, 0);
  expect(leases.reduce('a', 4, 7)).toMatchObject({ slots: 4 });
  expect([leases.free(1), leases.returning()]).toEqual([0, 6]);
  leases.confirm('a', { inFlight: 0, grantsSeen: 6 });
  expect(leases.free(1)).toBe(0);
  leases.confirm('a', { inFlight: 7, grantsSeen: 7 });
  expect([leases.free(1), leases.returning()]).toEqual([3, 3]);
  leases.confirm('a', { inFlight: 4, grantsSeen: 7 });
  expect([leases.free(1), leases.returning()]).toEqual([6, 0]);
  leases.reduce('a', 0, 8);
  leases.confirm('a', { inFlight: 0, grantsSeen: 8 });
  expect(leases.free(1)).toBe(10);
});

it('lets a lease end when its gateway believes it to, however often more is asked for that is not there', () => {
  const leases = slotLeases(10, 60);
  const told = leases.lend('a', 10, 0).lease;
  for (const now of [20, 40, 59]) expect(leases.lend('a', 5, now).added).toBe(0);
  expect(leases.expiresAt('a')).toBe(told.expiresAt);
  expect(leases.lend('a', 10, 60)).toEqual({ lease: { slots: 10, expiresAt: 120 }, added: 10 });
});

it('never lends more slots than the instance has, whatever gateways do', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.array(step), (limit, steps) => {
      const leases = slotLeases(limit, 60);
      const held = new Map<string, Lease>();
      let now = 0;
      for (const { kind, gateway, slots, after } of steps) {
        now += after;
        if (kind === 'lend') {
          const { lease, added } = leases.lend(gateway, slots, now);
          // Only of what it has more does a gateway hear.
          if (added > 0) held.set(gateway, lease);
        }
        if (kind === 'renew') held.set(gateway, leases.renew(gateway, now) ?? { slots: 0, expiresAt: 0 });
        if (kind === 'restart') {
          held.delete(gateway);
          leases.restore(gateway, undefined);
        }
        if (kind === 'reconnect') leases.restore(gateway, held.get(gateway));
        const sum = [...held.values()].filter((lease) => lease.expiresAt > now).reduce((total, lease) => total + lease.slots, 0);
        expect(sum).toBeLessThanOrEqual(limit);
        expect(leases.free(now)).toBe(limit - sum);
      }
    }),
  );
});

it('knows which slots a gateway has had for a while', () => {
  const leases = slotLeases(10, 30_000);
  leases.lend('a', 4, 1000);
  expect(leases.settledOf('a', 1400)).toBe(0);
  expect(leases.settledOf('a', 1500)).toBe(4);
  leases.lend('a', 2, 2000);
  leases.renew('a', 2100);
  expect(leases.settledOf('a', 2400)).toBe(4);
  leases.reduce('a', 1, 1);
  expect(leases.settledOf('a', 2400)).toBe(0);
  expect(leases.settledOf('a', 2500)).toBe(1);
  expect(leases.settledOf('b', 2500)).toBe(0);
});
