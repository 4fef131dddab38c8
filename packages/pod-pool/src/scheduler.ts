import type { KeyObject } from 'node:crypto';
import type { Artifacts } from '@openfunction/artifact';
import type { ConnectRequest, ConnectResponse, PoolScheduler, WatchServingsResponse } from '@openfunction/protocol';
import type { Clock } from '@openfunction/reconcile';
import { keyOf, keyText, servingKind, type Serving } from '@openfunction/resources';
import type { Store } from '@openfunction/store';
import type { Instance, Workloads } from '@openfunction/workload';
import { artifactCache } from './artifact-cache.ts';
import { executeClaim, LoadRefused } from './claim/execute.ts';
import { planClaims } from './claim/plan.ts';
import { grantSlots, renewLeases, revoke, type Connections } from './gateways/connections.ts';
import { outbox, type Outbox } from './gateways/outbox.ts';
import { instanceHealth } from './load.ts';
import { decideScale, surplus } from './scaling/decide.ts';
import { maxReplicas, minReplicas, ownerOf, servingWorld, stateOf, targetOf, type Replica, type ServingWorld } from './serving-world.ts';
import { slotLeases } from './slots/lease.ts';

export interface PodPoolOptions {
  store: Store;
  workloads: Workloads;
  artifacts: Pick<Artifacts, 'get'>;
  privateKey: KeyObject;
  /** Raw Ed25519 key, base64url: what instances check tickets with. */
  publicKeyText: string;
  clock: Clock;
  /** Fresh instances to keep for each namespace that has a Serving. */
  poolSize: number;
  log: (message: string, error?: unknown) => void;
  internalSocket?: string;
  clusterDomain?: string;
}

export interface PodPool {
  service: PoolScheduler;
  close(): Promise<void>;
}

export const poolName = 'openfunction-pool-node';
const leaseMs = 15_000;
const tickMs = 2_000;
const zeroGraceMs = 30_000;
const waitForFreshMs = 10_000;
const drainMs = 5_000;
/** Code that does not load is not tried at every change while nobody waits for it. */
const retryMinimumMs = 30_000;
const cacheBytes = 256 * 1024 * 1024;

/** Makes Servings run: claims warm instances on demand, and lends their slots to gateways. */
export function startPodPool(options: PodPoolOptions): PodPool {
  const { store, workloads, clock, log } = options;
  const ended = new AbortController();
  const cache = artifactCache(options.artifacts, cacheBytes);
  const worlds = new Map<string, ServingWorld>();
  const connections: Connections = new Map();
  const watchers = new Set<Outbox<WatchServingsResponse>>();
  const claimed = new Set<string>();
  const freshWaiters = new Set<() => void>();
  const unmet = new Map<string, number>();
  const cancels = new Set<() => void>();

  const after = (ms: number, action: () => void): (() => void) => {
    const cancel = clock.setTimeout(() => (cancels.delete(cancel), action()), ms);
    cancels.add(cancel);
    return () => (cancels.delete(cancel), cancel());
  };
  const background = (what: string, work: Promise<unknown>): void =>
    void work.catch((error: unknown) => {
      if (!ended.signal.aborted) log(`${what} failed; it is tried again with the next change.`, error);
    });
  const tell = (world: ServingWorld): void => {
    if (!world.gone) for (const watcher of watchers) watcher.push({ state: stateOf(world) });
  };

  const applyPool = (namespace: string): Promise<void> =>
    workloads.apply({
      key: { namespace, name: poolName },
      artifact: { kind: 'runner', runtime: 'node' },
      run: 'serve',
      replicas: options.poolSize + (unmet.get(namespace) ?? 0),
      template: { env: { OFN_TICKET_PUBLIC_KEY: options.publicKeyText } },
    });

  async function takeFresh(namespace: string): Promise<Instance | undefined> {
    const present = await workloads.list();
    const fresh = present.find(
      (one) =>
        one.namespace === namespace &&
        one.workload.name === poolName &&
        one.phase === 'Ready' &&
        one.owner === undefined &&
        one.endpoints !== undefined &&
        !claimed.has(one.id),
    );
    if (fresh !== undefined) claimed.add(fresh.id);
    return fresh;
  }

  async function waitForFresh(namespace: string): Promise<Instance | undefined> {
    let late = false;
    const cancel = after(waitForFreshMs, () => ((late = true), wakeFresh()));
    let counted = false;
    try {
      for (;;) {
        const hint = new Promise<void>((resolve) => freshWaiters.add(resolve));
        const fresh = await takeFresh(namespace);
        if (fresh !== undefined || late || ended.signal.aborted) return fresh;
        if (!counted) {
          counted = true;
          unmet.set(namespace, (unmet.get(namespace) ?? 0) + 1);
          await applyPool(namespace);
        }
        await hint;
      }
    } finally {
      cancel();
      if (counted) {
        unmet.set(namespace, (unmet.get(namespace) ?? 1) - 1);
        if (!ended.signal.aborted) background('Sizing the pool', applyPool(namespace));
      }
    }
  }
  const wakeFresh = (): void => {
    const waiting = [...freshWaiters];
    freshWaiters.clear();
    for (const wake of waiting) wake();
  };

  function addReplica(world: ServingWorld, instance: Instance): void {
    world.replicas.set(instance.id, { instance, leases: slotLeases(targetOf(world), leaseMs), inFlight: new Map() });
    world.verified = true;
    world.proven = true;
    world.reason = world.message = '';
  }

  async function tryClaim(world: ServingWorld): Promise<void> {
    const fetched = await cache.get(world.serving.spec.image);
    if (!world.verified) {
      world.verified = true;
      world.digest = fetched.digest;
      tell(world);
    }
    const instance = await waitForFresh(world.serving.metadata.namespace ?? '');
    if (instance === undefined)
      throw new LoadRefused('NoInstance', 'No warm instance became ready in time. Try again, or make the pool larger.');
    try {
      await executeClaim(world, instance, fetched, { ...options, now: clock.now() });
      if (world.gone) throw new LoadRefused('ServingDeleted', 'The Serving was deleted while an instance loaded it.');
    } catch (error) {
      await workloads.destroy(instance.id);
      throw error;
    }
    addReplica(world, instance);
    grantSlots(world, connections, clock.now());
    background('Recording a claim', adopt(world, instance, fetched.digest));
  }

  async function adopt(world: ServingWorld, instance: Instance, digest: `sha256:${string}`): Promise<void> {
    try {
      await workloads.adopt(instance.id, ownerOf(world), digest);
    } catch (error) {
      drop(world, instance.id);
      throw error;
    }
  }

  async function claim(world: ServingWorld): Promise<void> {
    world.starting += 1;
    tell(world);
    try {
      await tryClaim(world).catch((error: unknown) => {
        if (world.gone || ended.signal.aborted || (error instanceof LoadRefused && error.code === 'NoInstance')) throw error;
        return tryClaim(world);
      });
    } catch (error) {
      refuse(world, error);
    } finally {
      world.starting -= 1;
      tell(world);
    }
  }

  function refuse(world: ServingWorld, error: unknown): void {
    world.reason = error instanceof Error && 'code' in error ? String(error.code) : 'LoadFailed';
    world.message = error instanceof Error ? error.message : String(error);
    world.retryAt = clock.now() + retryMinimumMs;
    if (ended.signal.aborted) return;
    for (const [gateway, waiting] of world.waiting) {
      if (waiting > 0)
        connections
          .get(gateway)
          ?.push({ refusal: { serving: world.id, code: world.reason, message: world.message, retryAfterSeconds: 1 } });
    }
    world.waiting.clear();
  }

  function serve(world: ServingWorld): void {
    const freeSlots = grantSlots(world, connections, clock.now());
    const waiting = world.waiting.values().reduce((sum, one) => sum + one, 0);
    const count = planClaims({
      waiting,
      limit: targetOf(world),
      freeSlots,
      starting: world.starting,
      running: world.replicas.size,
      maxReplicas: maxReplicas(world),
    });
    const short = clock.now() < world.retryAt ? 0 : Math.max(0, minReplicas(world) - world.replicas.size - world.starting);
    for (let at = 0; at < Math.max(count, short); at += 1) void claim(world);
  }

  function drop(world: ServingWorld, id: string): void {
    const replica = world.replicas.get(id);
    if (replica === undefined) return;
    world.replicas.delete(id);
    revoke(world, replica, connections);
    // What a gateway sent before it heard of the revocation is answered first.
    after(drainMs, () => background('Ending an instance', workloads.destroy(id)));
    tell(world);
  }

  function scale(world: ServingWorld, now: number): void {
    world.samples = world.samples.filter((one) => now - one.at < 60_000);
    const mean = (ms: number): number =>
      world.samples.filter((one) => now - one.at < ms).reduce((sum, one) => sum + one.concurrency, 0) / (ms / 1000);
    const decided = decideScale({
      now,
      stable: mean(60_000),
      panic: mean(6_000),
      ready: world.replicas.size,
      target: targetOf(world),
      min: minReplicas(world),
      max: maxReplicas(world),
      lastRequestAt: world.lastRequestAt,
      zeroGraceMs,
      before: world.scale,
    });
    world.scale = decided;
    const busy = (replica: Replica): number => replica.inFlight.values().reduce((sum, one) => sum + one, 0);
    const present = [...world.replicas.values()].map((one) => ({
      id: one.instance.id,
      createdAt: one.instance.createdAt,
      inFlight: busy(one),
    }));
    // Half of what is ready stays by decision; with nothing asked for a while, the rest goes too.
    const idle = now - world.lastRequestAt >= zeroGraceMs;
    for (const one of surplus(present, idle ? minReplicas(world) : decided.desired)) if (one.inFlight === 0) drop(world, one.id);
  }

  function tick(): void {
    const now = clock.now();
    for (const world of worlds.values()) {
      for (const gateway of connections.keys()) renewLeases(world, gateway, connections, now);
      scale(world, now);
      if (world.waiting.size > 0 || minReplicas(world) > 0) serve(world);
    }
    after(tickMs, tick);
  }

  async function relearn(): Promise<void> {
    for (const instance of await workloads.list()) {
      const { owner, endpoints } = instance;
      if (owner === undefined || owner.kind !== 'Serving' || instance.workload.name !== poolName) continue;
      claimed.add(instance.id);
      if (worlds.get(keyText(owner.key))?.replicas.has(instance.id)) continue;
      const world = worlds.get(keyText(owner.key));
      const health =
        world === undefined || endpoints === undefined
          ? undefined
          : await instanceHealth(endpoints.control, AbortSignal.timeout(2_000)).catch(() => undefined);
      const good = world?.serving.metadata.uid === owner.uid && health?.state === 'Serving' && health.serving === world.id;
      if (!good || world === undefined) await workloads.destroy(instance.id);
      else {
        addReplica(world, instance);
        world.digest = instance.digest ?? '';
        tell(world);
      }
    }
  }

  function forget(id: string): void {
    const world = worlds.get(id);
    if (world === undefined) return;
    for (const replica of Array.from(world.replicas.keys())) drop(world, replica);
    world.gone = true;
    worlds.delete(id);
    for (const watcher of watchers) watcher.push({ removed: id });
    const { namespace = '' } = world.serving.metadata;
    const others = worlds.values().some((one) => one.serving.metadata.namespace === namespace);
    if (!others) background('Removing a pool', workloads.remove({ namespace, name: poolName }));
  }

  async function learn(serving: Serving): Promise<ServingWorld> {
    const id = keyText(keyOf(serving));
    const known = worlds.get(id);
    if (known !== undefined && known.serving.metadata.uid === serving.metadata.uid) {
      known.serving = serving;
      return known;
    }
    forget(id);
    const world = servingWorld(serving, clock.now());
    worlds.set(id, world);
    background('Making a pool', applyPool(serving.metadata.namespace ?? ''));
    return world;
  }

  async function verify(world: ServingWorld): Promise<void> {
    try {
      world.digest = (await cache.get(world.serving.spec.image)).digest;
      world.verified = true;
    } catch (error) {
      refuse(world, error);
    }
    tell(world);
    serve(world);
  }

  async function followServings(): Promise<void> {
    const present = await store.list(servingKind);
    const ids = new Set(present.items.map((one) => keyText(keyOf(one))));
    for (const id of worlds.keys()) if (!ids.has(id)) forget(id);
    for (const serving of present.items) await learn(serving);
    await relearn();
    for (const world of worlds.values()) background('Verifying', verify(world));
    for await (const event of store.watch(servingKind, { resourceVersion: present.resourceVersion, signal: ended.signal })) {
      if (event.type === 'BOOKMARK') continue;
      if (event.type === 'DELETED') forget(keyText(keyOf(event.object)));
      else background('Verifying', learn(event.object).then(verify));
    }
  }

  async function followInstances(): Promise<void> {
    for await (const _ of workloads.watch(ended.signal)) {
      wakeFresh();
      const alive = new Map((await workloads.list()).map((one) => [one.id, one.phase]));
      for (const world of worlds.values()) for (const id of world.replicas.keys()) if (alive.get(id) !== 'Ready') drop(world, id);
    }
  }

  function receive(gateway: string, request: ConnectRequest): void {
    const now = clock.now();
    const { demand, load } = request;
    if (demand !== undefined) {
      const world = worlds.get(demand.serving);
      if (world === undefined) {
        connections.get(gateway)?.push({
          refusal: {
            serving: demand.serving,
            code: 'ServingNotFound',
            message: `There is no Serving "${demand.serving}". Deploy the function again.`,
            retryAfterSeconds: 1,
          },
        });
        return;
      }
      world.waiting.set(gateway, demand.waiting);
      if (demand.waiting > 0) {
        world.lastRequestAt = now;
        world.lastUse.set(gateway, now);
      }
      serve(world);
    }
    for (const one of load?.servings ?? []) {
      const world = worlds.get(one.serving);
      if (world === undefined) continue;
      world.samples.push({ at: now, concurrency: one.averageConcurrency });
      if (one.requests > 0 || one.inFlight > 0) {
        world.lastRequestAt = now;
        world.lastUse.set(gateway, now);
      }
      for (const carried of one.instances) {
        world.replicas.get(carried.instance)?.inFlight.set(gateway, carried.inFlight);
        if (carried.failures > 0 && carried.inFlight === 0) drop(world, carried.instance);
      }
    }
  }

  function disconnect(gateway: string, own: Outbox<ConnectResponse>): void {
    if (connections.get(gateway) !== own) return;
    connections.delete(gateway);
    for (const world of worlds.values()) {
      world.waiting.delete(gateway);
      for (const replica of world.replicas.values()) {
        replica.leases.disconnect(gateway);
        replica.inFlight.delete(gateway);
      }
    }
  }

  const service: PoolScheduler = {
    connect: async function* (requests, signal) {
      const own = outbox<ConnectResponse>();
      const over = new AbortController();
      let gateway = '';
      const read = async (): Promise<void> => {
        for await (const request of requests) {
          if (request.hello !== undefined) connections.set((gateway = request.hello.gatewayId), own);
          else if (gateway !== '') receive(gateway, request);
        }
      };
      background(
        'Reading a gateway',
        read().finally(() => over.abort()),
      );
      try {
        yield* own.read(AbortSignal.any([signal, ended.signal, over.signal]));
      } finally {
        disconnect(gateway, own);
      }
    },
    watchServings: async function* (_, signal) {
      const own = outbox<WatchServingsResponse>();
      watchers.add(own);
      for (const world of worlds.values()) own.push({ state: stateOf(world) });
      own.push({ snapshotEnd: {} });
      try {
        yield* own.read(AbortSignal.any([signal, ended.signal]));
      } finally {
        watchers.delete(own);
      }
    },
  };

  /** A watch may end at any time: the next one begins with what is there by then. */
  async function always(what: string, follow: () => Promise<void>): Promise<void> {
    while (!ended.signal.aborted) {
      const following = follow();
      background(what, following);
      await following.catch(() => {});
      if (!ended.signal.aborted)
        await new Promise<void>((resolve) => {
          after(tickMs, resolve);
          ended.signal.addEventListener('abort', () => resolve());
        });
    }
  }

  const servings = always('Following Servings', followServings);
  const instances = always('Following instances', followInstances);
  after(tickMs, tick);
  return {
    service,
    close: async () => {
      ended.abort();
      for (const cancel of cancels) cancel();
      wakeFresh();
      await Promise.allSettled([servings, instances]);
    },
  };
}
