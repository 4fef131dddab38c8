import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDue, planCertificates, settleMs, type Authorities, type Authority, type Leaf } from './plan.ts';

const day = 86_400_000;
const authority = (id: string, from = 0, days = 3650): Authority => ({ id, notBefore: from, notAfter: from + days * day });
const leaf = (name: string, issuer: string, given: Partial<Leaf> = {}): Leaf => ({
  name,
  issuer,
  believes: ['a'],
  notBefore: 0,
  notAfter: 90 * day,
  ...given,
});

describe('planCertificates', () => {
  it('does nothing while nothing is due', () => {
    const plan = planCertificates({ signing: authority('a'), since: 0 }, [leaf('x', 'a'), leaf('y', 'a')], 59 * day);
    expect(plan).toEqual({ signing: 'a', changes: false, issue: [], rewrite: [] });
  });

  it('renews a certificate when two thirds of its time are over', () => {
    const plan = planCertificates({ signing: authority('a'), since: 0 }, [leaf('x', 'a'), leaf('y', 'a', { notBefore: day })], 60 * day);
    expect(plan.issue).toEqual(['x']);
  });

  it('lets a new authority be believed by all before it signs', () => {
    const now = 3000 * day;
    const leaves = [leaf('x', 'a', { notBefore: now, notAfter: now + 90 * day })];
    const first = planCertificates({ signing: authority('a'), since: 0 }, leaves, now);
    expect(first).toMatchObject({ signing: 'a', next: 'new', changes: true, issue: [], rewrite: ['x'] });
    const waiting: Authorities = { signing: authority('a'), next: authority('b', now), since: now };
    expect(planCertificates(waiting, [{ ...leaves[0]!, believes: ['a', 'b'] }], now + settleMs - 1)).toMatchObject({
      changes: false,
      issue: [],
      rewrite: [],
    });
    expect(planCertificates(waiting, [{ ...leaves[0]!, believes: ['a', 'b'] }], now + settleMs)).toMatchObject({
      signing: 'b',
      old: 'a',
      changes: true,
      issue: ['x'],
    });
  });

  it('believes an old authority until nobody has a certificate of it and all have seen that', () => {
    const present: Authorities = { signing: authority('b'), old: authority('a'), since: 0 };
    const still = leaf('x', 'a', { believes: ['b', 'a'] });
    const moved = leaf('x', 'b', { believes: ['b', 'a'] });
    expect(planCertificates(present, [still], settleMs)).toMatchObject({ old: 'a', issue: ['x'] });
    expect(planCertificates(present, [moved], settleMs - 1)).toMatchObject({ old: 'a', changes: false });
    expect(planCertificates(present, [moved], settleMs)).toEqual({ signing: 'b', changes: true, issue: [], rewrite: ['x'] });
  });

  it('brings in an authority where the key of the one before was never kept', () => {
    const plan = planCertificates({ old: authority('a'), since: 0 }, [leaf('x', 'a')], day);
    expect(plan).toMatchObject({ next: 'new', old: 'a', changes: true, issue: [], rewrite: ['x'] });
  });

  it('never lets two processes meet that do not believe each other, though each may lag by the time that a Secret takes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 40 }),
        fc.array(fc.integer({ min: 60_000, max: 200 * day }), { minLength: 5, maxLength: 60 }),
        (days, pauses) => {
          let made = 0;
          let now = 0;
          let roles: Authorities = { signing: authority('a0', 0, days), since: -settleMs };
          let leaves: Leaf[] = ['x', 'y'].map((name) => leaf(name, 'a0', { believes: ['a0'], notAfter: day }));
          const known = new Map<string, Authority>([['a0', roles.signing!]]);
          for (const pause of pauses) {
            // Whoever lags has seen what stood this long ago.
            now += Math.max(pause, settleMs);
            const before = leaves;
            let plan = planCertificates(roles, leaves, now);
            if (plan.next === 'new') {
              const fresh = authority(`a${++made}`, now, days);
              known.set(fresh.id, fresh);
              roles = { ...roles, next: fresh, since: now };
              plan = { ...planCertificates(roles, leaves, now), changes: true };
            }
            const find = (id: string | undefined): Authority | undefined => (id === undefined ? undefined : known.get(id));
            if (plan.changes) roles = { signing: find(plan.signing), next: find(plan.next), old: find(plan.old), since: now };
            const believes = [plan.signing, plan.next, plan.old].filter((id) => id !== undefined);
            leaves = leaves.map((one) => ({
              ...one,
              ...(plan.issue.includes(one.name) ? { issuer: plan.signing!, notBefore: now, notAfter: now + day } : {}),
              believes: plan.issue.includes(one.name) || plan.rewrite.includes(one.name) ? believes : one.believes,
            }));
            for (const one of [...before, ...leaves])
              for (const other of [...before, ...leaves])
                expect(one.believes, `${one.name} of ${now} believes ${other.name}`).toContain(other.issuer);
          }
        },
      ),
    );
  });

  it('knows what is due', () => {
    expect([59, 60].map((days) => isDue({ notBefore: 0, notAfter: 90 * day }, days * day))).toEqual([false, true]);
  });
});
