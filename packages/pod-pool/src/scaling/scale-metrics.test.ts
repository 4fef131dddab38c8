import { afterEach, beforeEach, expect, it } from 'vitest';
import { fakeGateway } from '../testing/fake-gateway.ts';
import { fakePlatform, type FakePlatform } from '../testing/fake-platform.ts';

let platform: FakePlatform;
beforeEach(async () => {
  platform = await fakePlatform();
});
afterEach(() => platform.close());

it('shows what was decided and by what, of Servings that have anything', async () => {
  const annotations = { 'autoscaling.knative.dev/target': '10' };
  await platform.addServing('busy', { spec: { annotations } });
  await platform.addServing('idle');
  const pool = platform.start();
  await platform.pass(2000);
  const gateway = fakeGateway('g', () => platform.clock.now());
  gateway.connect(pool.service);
  gateway.demand('default/busy', 1);
  for (let second = 0; second < 10; second += 1) {
    gateway.report('default/busy', 20);
    await platform.pass(1000);
  }
  const text = pool.metrics();
  const valueOf = (name: string): string | undefined =>
    new RegExp(`^openfunction_pool_autoscaler_${name}\\{namespace="default",serving="busy"\\} (\\S+)$`, 'm').exec(text)?.[1];
  expect(valueOf('desired_instances')).toBe('3');
  expect(valueOf('actual_instances')).toBe('3');
  expect(valueOf('stable_value')).toBe('20');
  expect(valueOf('panic_value')).toBe('20');
  expect(valueOf('target_value')).toBe('7');
  expect(valueOf('panic')).toBe('1');
  expect(text).toContain('openfunction_pool_autoscaler_servings 1\n');
  expect(text).not.toContain('serving="idle"');
});

it('shows no more than so many', async () => {
  for (let at = 0; at < 510; at += 1) await platform.addServing(`f${at}`, { spec: { scaleOptions: { minReplicas: 1 } } });
  const pool = platform.start({ poolSize: 0 });
  await platform.pass(3000);
  const text = pool.metrics();
  expect(text).toContain('openfunction_pool_autoscaler_servings 510\n');
  expect(text.match(/^openfunction_pool_autoscaler_panic\{/gm)).toHaveLength(500);
});
