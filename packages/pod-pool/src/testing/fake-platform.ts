import { generateKeyPairSync } from 'node:crypto';
import { memoryArtifacts, type Artifacts } from '@openfunction/artifact';
import { manualClock, type ManualClock } from '@openfunction/reconcile';
import { servingKind, type Serving } from '@openfunction/resources';
import { memoryStore, type Store } from '@openfunction/store';
import type { PodPoolOptions } from '../options.ts';
import { startPodPool, type PodPool } from '../start-pod-pool.ts';
import { fakeGround, type FakeGround } from './fake-ground.ts';

/** A scheduler over a ground in memory, with a clock that tests move. */
export interface FakePlatform {
  ground: FakeGround;
  store: Store;
  artifacts: Artifacts;
  clock: ManualClock;
  logged: string[];
  start(options?: Partial<PodPoolOptions>): PodPool;
  addServing(
    name: string,
    given?: { namespace?: string; spec?: Partial<Serving['spec']>; metadata?: Partial<Serving['metadata']> },
  ): Promise<Serving>;
  /** Lets everything happen that needs no time, then moves the clock; and so on, step by step. */
  pass(ms?: number, stepMs?: number): Promise<void>;
  close(): Promise<void>;
}

const keys = generateKeyPairSync('ed25519');

export async function fakePlatform(): Promise<FakePlatform> {
  const ground = fakeGround();
  const store = memoryStore();
  const artifacts = memoryArtifacts();
  const clock = manualClock(1_000_000_000);
  const logged: string[] = [];
  const pools: PodPool[] = [];
  await artifacts.put('registry.test/a:1', {
    manifest: { runtime: 'node', format: 'cjs', exports: ['hello'], entry: 'index.js' },
    bundle: Buffer.from('exports.hello = () => {}'),
    assets: new Uint8Array(),
  });

  return {
    ground,
    store,
    artifacts,
    clock,
    logged,
    start: (options = {}) => {
      const pool = startPodPool({
        store,
        workloads: ground.workloads,
        control: ground.control,
        artifacts,
        clock,
        privateKey: keys.privateKey,
        publicKeyText: keys.publicKey.export({ format: 'jwk' }).x ?? '',
        poolSize: 2,
        startsAtOnce: 100,
        namespaces: 'all',
        log: (message, error) => logged.push(`${message} ${String(error)}`),
        ...options,
      });
      pools.push(pool);
      return pool;
    },
    addServing: (name, { namespace = 'default', spec, metadata } = {}) =>
      store.create(servingKind, {
        apiVersion: 'core.openfunction.io/v1beta2',
        kind: 'Serving',
        metadata: { namespace, name, ...metadata },
        spec: { image: 'registry.test/a:1', ...spec },
      }),
    pass: async (ms = 0, stepMs = 250) => {
      await settle();
      for (let passed = 0; passed < ms; passed += stepMs) {
        clock.advance(Math.min(stepMs, ms - passed));
        await settle();
      }
    },
    close: async () => {
      for (const pool of pools) await pool.close();
    },
  };
}

/** Until what was begun has gone as far as it can without time. */
export async function settle(turns = 12): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
