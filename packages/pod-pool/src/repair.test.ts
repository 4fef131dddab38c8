import { ArtifactError } from '@openfunction/artifact';
import type { Workload } from '@openfunction/workload';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fakeGateway } from './testing/fake-gateway.ts';
import type { FakeInstance } from './testing/fake-ground.ts';
import { fakePlatform, type FakePlatform } from './testing/fake-platform.ts';

let platform: FakePlatform;
beforeEach(async () => {
  platform = await fakePlatform();
});
afterEach(() => platform.close());

const workload = (): Workload | undefined => [...platform.ground.applied.values()][0];
const fresh = (): FakeInstance[] => [...platform.ground.instances.values()].filter(({ state }) => state === 'Fresh');

describe('a Workload that somebody else has changed (K5)', () => {
  it('is there again after it was removed', async () => {
    await platform.addServing('a');
    platform.start();
    await platform.pass(3000);
    const { key } = workload()!;
    await platform.ground.workloads.remove(key);
    expect(fresh()).toEqual([]);
    await platform.pass(10_000);
    expect(fresh()).toHaveLength(2);
  });

  it.each([0, 7])('has as many instances as before after it was scaled to %i', async (replicas) => {
    await platform.addServing('a');
    platform.start();
    await platform.pass(3000);
    await platform.ground.workloads.apply({ ...workload()!, replicas });
    expect(fresh()).toHaveLength(replicas);
    await platform.pass(10_000);
    expect([workload()?.replicas, fresh().length]).toEqual([2, 2]);
  });

  it('has its template again, some time', async () => {
    await platform.addServing('a');
    platform.start();
    await platform.pass(3000);
    const { template } = workload()!;
    await platform.ground.workloads.apply({ ...workload()!, template: { ...template, env: { THEIRS: '1' } } });
    await platform.pass(700_000, 2000);
    expect(workload()?.template).toEqual(template);
  });

  it('is not applied again and again while its instances cannot start', async () => {
    await platform.addServing('a');
    platform.start();
    await platform.pass(3000);
    const { apply } = platform.ground.workloads;
    let applied = 0;
    platform.ground.workloads.apply = async () => void (applied += 1);
    await platform.ground.workloads.remove(workload()!.key);
    await platform.pass(300_000, 1000);
    platform.ground.workloads.apply = apply;
    expect(applied).toBeLessThan(10);
  });

  it('serves an image again whose instances went with it', async () => {
    await platform.addServing('a', { spec: { image: 'registry.test/podinfo:6', triggers: { http: { port: 80 } } } });
    const pool = platform.start({
      artifacts: {
        get: () => Promise.reject(new ArtifactError('NotAModule', 'The reference holds an image.')),
        stat: async () => ({ digest: `sha256:${'1'.repeat(64)}`, kind: 'image' as const }),
      },
      poolSize: 0,
    });
    const gateway = fakeGateway('g', () => platform.clock.now());
    gateway.connect(pool.service);
    gateway.demand('default/a', 1);
    await platform.pass(3000);
    expect(platform.ground.instances.size).toBe(1);
    await platform.ground.workloads.remove([...platform.ground.instances.values()][0]!.record.workload);
    gateway.demand('default/a', 1);
    await platform.pass(15_000);
    expect(platform.ground.instances.size).toBe(1);
  });
});
