import { generateKeyPairSync, verify } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  decideScale,
  drainInstance,
  instanceHealth,
  loadInstance,
  planClaims,
  planPool,
  signDrain,
  slotLeases,
  surplus,
  type ScaleInput,
} from './index.ts';

const small = fc.nat({ max: 50 });

it('claims exactly what the waiters need, less what starts, within the maximum', () => {
  expect(planClaims({ waiting: 10, limit: 4, freeSlots: 0, starting: 0, running: 0, maxReplicas: 0 })).toBe(3);
  expect(planClaims({ waiting: 10, limit: 4, freeSlots: 0, starting: 2, running: 0, maxReplicas: 0 })).toBe(1);
  expect(planClaims({ waiting: 10, limit: 0, freeSlots: 0, starting: 0, running: 0, maxReplicas: 0 })).toBe(1);
  fc.assert(
    fc.property(
      fc.record({ waiting: small, limit: small, freeSlots: small, starting: small, running: small, maxReplicas: small }),
      (input) => {
        const claims = planClaims(input);
        expect(claims).toBeGreaterThanOrEqual(0);
        if (claims > 0 && input.maxReplicas > 0) expect(claims + input.running + input.starting).toBeLessThanOrEqual(input.maxReplicas);
      },
    ),
  );
});

it('refills within its bound, but never holds up who waits', () => {
  const idle = { size: 4, max: 10, recentClaims: 0, unmet: 0, refillAtOnce: 2, fresh: 0, starting: 0 };
  expect(planPool(idle)).toBe(2);
  expect(planPool({ ...idle, starting: 2 })).toBe(2);
  expect(planPool({ ...idle, starting: 2, unmet: 5 })).toBe(7);
  expect(planPool({ ...idle, fresh: 9 })).toBe(4);
  expect(planPool({ ...idle, fresh: 4, recentClaims: 12 })).toBe(6);
});

it('never lends more slots than the instance has', () => {
  const step = fc.record({
    kind: fc.constantFrom('lend', 'renew', 'back', 'gone'),
    gateway: fc.constantFrom('a', 'b', 'c'),
    slots: small,
    after: small,
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.array(step), (limit, steps) => {
      const leases = slotLeases(limit, 60);
      const held = new Map<string, { slots: number; expiresAt: number }>();
      let now = 0;
      for (const { kind, gateway, slots, after } of steps) {
        now += after;
        if (kind === 'lend') held.set(gateway, leases.lend(gateway, slots, now));
        if (kind === 'renew') held.set(gateway, leases.renew(gateway, now) ?? { slots: 0, expiresAt: 0 });
        if (kind === 'back') {
          leases.giveBack(gateway, slots);
          const had = held.get(gateway);
          if (had !== undefined) held.set(gateway, { ...had, slots: Math.max(0, had.slots - slots) });
        }
        if (kind === 'gone') {
          leases.disconnect(gateway);
          held.delete(gateway);
        }
        const sum = [...held.values()].filter((lease) => lease.expiresAt > now).reduce((total, lease) => total + lease.slots, 0);
        expect(sum).toBeLessThanOrEqual(limit);
        expect(leases.free(now)).toBe(limit - sum);
      }
    }),
  );
});

const calm: ScaleInput = {
  now: 1e6,
  stable: 0,
  panic: 0,
  ready: 1,
  target: 10,
  min: 0,
  max: 0,
  lastRequestAt: 0,
  zeroGraceMs: 30_000,
  before: { panicUntil: 0, desired: 1 },
};

it('scales by the stable window, and by the panic window in a burst', () => {
  expect(decideScale(calm).desired).toBe(0);
  expect(decideScale({ ...calm, lastRequestAt: 1e6 - 1 }).desired).toBe(1);
  expect(decideScale({ ...calm, stable: 35 }).desired).toBe(4);
  expect(decideScale({ ...calm, stable: 5, panic: 50 })).toEqual({ desired: 5, panicUntil: 1_060_000 });
  expect(decideScale({ ...calm, ready: 5, before: { panicUntil: 1e6 + 1, desired: 5 } }).desired).toBe(5);
  expect(decideScale({ ...calm, stable: 500, max: 3 }).desired).toBe(3);
  expect(decideScale({ ...calm, min: 2 }).desired).toBe(2);
});

it('ends the emptiest instances', () => {
  const instances = [3, 0, 1].map((inFlight, createdAt) => ({ inFlight, createdAt }));
  expect(surplus(instances, 1).map(({ inFlight }) => inFlight)).toEqual([0, 1]);
});

it('speaks the control wire of an instance', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const bodies: Buffer[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    bodies.push(Buffer.concat(chunks));
    response.end(JSON.stringify(request.url === '/v1/health' ? { state: 'Fresh' } : { loaded: true }));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  try {
    const endpoint = { kind: 'tcp' as const, host: '127.0.0.1', port: (server.address() as AddressInfo).port };
    const { signal } = new AbortController();
    const order = signDrain({ instance: 'i', nonce: 'n', expiresAtMs: 5 }, privateKey);
    expect(verify(null, order.json, publicKey, order.signature)).toBe(true);
    const empty = new Uint8Array();
    const settings = Buffer.from('{}');
    expect(
      await loadInstance(endpoint, { ticket: order, settings, bundle: Buffer.from('x'), assets: empty, codeCache: empty }, signal),
    ).toEqual({ loaded: true });
    expect(await instanceHealth(endpoint, signal)).toEqual({ state: 'Fresh' });
    await drainInstance(endpoint, order, signal);
    const frame = (part: Uint8Array): Buffer => Buffer.concat([Buffer.from([0, 0, 0, part.length]), part]);
    const head = Buffer.concat([frame(order.json), frame(order.signature)]);
    expect(bodies[0]).toEqual(Buffer.concat([head, frame(settings), frame(Buffer.from('x')), frame(empty), frame(empty)]));
    expect(bodies[2]).toEqual(head);
  } finally {
    server.close();
  }
});
