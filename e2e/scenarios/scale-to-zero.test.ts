import { afterAll, expect, it } from 'vitest';
import { call, probeOf } from '../support/call.ts';
import { deploy, instances, remove } from '../support/functions.ts';
import { until } from '../support/until.ts';
import { useTarget } from '../targets/use-target.ts';

const target = await useTarget();

afterAll(() => remove(target, 'default', 'sleepy', 'burst', 'kept', 'bounded'));

it('goes from none to several instances, and back to none', async () => {
  const name = 'sleepy';
  await deploy(target, { name, annotations: { 'autoscaling.knative.dev/container-concurrency': '1' }, scaleOptions: { maxReplicas: 3 } });
  expect(await instances(target, 'default', name)).toEqual([]);

  const answers = await Promise.all(Array.from({ length: 3 }, () => call(target, name, { path: '/?sleep=6000' })));
  expect(new Set(answers.map((answer) => probeOf(answer).instance)).size).toBe(3);
  await until('three instances are listed', 10_000, async () => (await instances(target, 'default', name)).length === 3);

  await until('no instance is left', 170_000, async () => (await instances(target, 'default', name)).length === 0);
  const before = answers.map((answer) => probeOf(answer).instance);
  expect(before).not.toContain(probeOf(await call(target, name)).instance);
});

it('answers 50 callers at once on a cold function', async () => {
  const name = 'burst';
  await deploy(target, { name });
  const answers = await Promise.all(Array.from({ length: 50 }, () => call(target, name, { path: '/?sleep=100' })));
  expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  // 50 callers fit into one instance, so one is all that was claimed.
  expect(new Set(answers.map((answer) => probeOf(answer).instance)).size).toBe(1);
});

it('keeps the minimum without any request', async () => {
  const name = 'kept';
  await deploy(target, { name, scaleOptions: { minReplicas: 2 } });
  await until('two instances run', 60_000, async () => (await instances(target, 'default', name)).length === 2);
});

it('never has more instances than the maximum, and lets the surplus wait', async () => {
  const name = 'bounded';
  await deploy(target, { name, annotations: { 'autoscaling.knative.dev/container-concurrency': '1' }, scaleOptions: { maxReplicas: 2 } });
  const answers = await Promise.all(Array.from({ length: 8 }, () => call(target, name, { path: '/?sleep=200' })));
  expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  expect(new Set(answers.map((answer) => probeOf(answer).instance)).size).toBeLessThanOrEqual(2);
});
