import { describe, expect, it } from 'vitest';
import { isAllowed, type NetworkPolicy, type Pod } from './policies.ts';

const web: Pod = { namespace: 'shop', labels: { app: 'web' } };
const db: Pod = { namespace: 'shop', labels: { app: 'db' } };
const far: Pod = { namespace: 'other', labels: { app: 'web' } };

function policy(spec: NetworkPolicy['spec'], namespace = 'shop'): NetworkPolicy {
  return { kind: 'NetworkPolicy', metadata: { name: 'p', namespace }, spec };
}
const ofDb = { podSelector: { matchLabels: { app: 'db' } }, policyTypes: ['Ingress'] };

describe('isAllowed', () => {
  it('lets everything through where no policy selects a pod', () => {
    expect(isAllowed([policy(ofDb, 'other')], { from: web, to: db, port: 5432 })).toBe(true);
  });

  it('takes a pod selector to mean the own namespace, and a port to mean itself', () => {
    const policies = [
      policy({ ...ofDb, ingress: [{ ports: [{ port: 5432 }], from: [{ podSelector: { matchLabels: { app: 'web' } } }] }] }),
    ];
    expect([
      isAllowed(policies, { from: web, to: db, port: 5432 }),
      isAllowed(policies, { from: web, to: db, port: 80 }),
      isAllowed(policies, { from: far, to: db, port: 5432 }),
    ]).toEqual([true, false, false]);
  });

  it('needs both selectors of one peer, and one of several peers', () => {
    const other = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'other' } } };
    const both = [policy({ ...ofDb, ingress: [{ from: [{ ...other, podSelector: { matchLabels: { app: 'api' } } }] }] })];
    const either = [policy({ ...ofDb, ingress: [{ from: [other, { podSelector: { matchLabels: { app: 'api' } } }] }] })];
    expect([isAllowed(both, { from: far, to: db, port: 1 }), isAllowed(either, { from: far, to: db, port: 1 })]).toEqual([false, true]);
  });

  it('lets nothing through where a policy allows nothing, and both ends decide', () => {
    const silent = policy({ podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Egress'] });
    expect(isAllowed([silent], { from: web, to: db, port: 1 })).toBe(false);
    expect(isAllowed([policy(ofDb)], { from: web, to: db, port: 1 })).toBe(false);
  });

  it('adds up what several policies allow', () => {
    const rule = (port: number) => policy({ ...ofDb, ingress: [{ ports: [{ port }] }] });
    expect([1, 2, 3].map((port) => isAllowed([rule(1), rule(2)], { from: web, to: db, port }))).toEqual([true, true, false]);
  });
});
