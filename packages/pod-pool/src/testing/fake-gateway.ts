import type { ConnectRequest, Dial, Grant, PoolScheduler, Refusal } from '@openfunction/protocol';
import { outbox, type Outbox } from '../gateways/outbox.ts';

/** A gateway that keeps what it is granted, as the real one does: also while it is cut off. */
export interface FakeGateway {
  held: Map<string, Grant>;
  refusals: Refusal[];
  dials: Dial[];
  connect(service: PoolScheduler): void;
  /** Nothing arrives any more, and nothing leaves. */
  cutOff(): void;
  demand(serving: string, waiting: number): void;
  report(serving: string, averageConcurrency: number, inFlight?: number): void;
  /** What one instance carries. */
  reportInstance(serving: string, instance: string, inFlight: number): void;
  /** Why the stream ended, if it did so with an error. */
  error?: unknown;
}

export function fakeGateway(gatewayId: string, now: () => number): FakeGateway {
  const held = new Map<string, Grant>();
  let requests: Outbox<ConnectRequest> | undefined;
  let over = new AbortController();
  let grantsSeen = 0;
  const inUse = new Map<string, number>();
  const queued = new Map<string, number>();

  const gateway: FakeGateway = {
    held,
    refusals: [],
    dials: [],
    connect: (service) => {
      over.abort();
      over = new AbortController();
      requests = outbox<ConnectRequest>();
      grantsSeen = 0;
      const stillHeld = [...held.values()].filter(({ expiresAtMs }) => expiresAtMs > now());
      requests.push({ hello: { gatewayId, held: stillHeld, nowMs: now() } });
      void follow(service, requests, over.signal);
    },
    cutOff: () => {
      over.abort();
      requests = undefined;
    },
    demand: (serving, waiting) => {
      queued.set(serving, waiting);
      requests?.push({ demand: { serving, waiting, grantsSeen } });
    },
    report: (serving, averageConcurrency, inFlight = Math.ceil(averageConcurrency)) =>
      requests?.push({
        load: { servings: [{ serving, inFlight, averageConcurrency, requests: inFlight, overMs: 1000, instances: [] }], grantsSeen },
      }),
    reportInstance: (serving, instance, inFlight) => {
      inUse.set(instance, inFlight);
      const instances = [{ instance, inFlight, failures: 0 }];
      const load = { serving, inFlight, averageConcurrency: inFlight, requests: 0, overMs: 1000, instances };
      requests?.push({ load: { servings: [load], grantsSeen } });
    },
  };

  /** Who waits takes the new slots, and the scheduler hears of it. */
  function apply(grant: Grant): void {
    grantsSeen += 1;
    const more = grant.slots - (held.get(grant.instance)?.slots ?? 0);
    if (grant.slots === 0) held.delete(grant.instance);
    else held.set(grant.instance, grant);
    const waiting = queued.get(grant.serving) ?? 0;
    if (more < 0) gateway.reportInstance(grant.serving, grant.instance, inUse.get(grant.instance) ?? 0);
    if (more > 0 && waiting > 0) gateway.demand(grant.serving, Math.max(0, waiting - more));
  }

  async function follow(service: PoolScheduler, sent: Outbox<ConnectRequest>, signal: AbortSignal): Promise<void> {
    try {
      for await (const { grant, refusal, dial } of service.connect(sent.read(signal), signal)) {
        if (signal.aborted) return;
        if (grant !== undefined) apply(grant);
        if (dial !== undefined) gateway.dials.push(dial);
        if (refusal !== undefined) {
          gateway.refusals.push(refusal);
          queued.delete(refusal.serving);
        }
      }
    } catch (error) {
      gateway.error = error;
    }
  }

  return gateway;
}
