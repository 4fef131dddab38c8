import { afterAll, beforeAll, expect, it } from 'vitest';
import { call, probeOf } from '../support/call.ts';
import { deploy, remove } from '../support/functions.ts';
import { failures, traffic } from '../support/traffic.ts';
import { until } from '../support/until.ts';
import { useTarget } from '../targets/use-target.ts';

const target = await useTarget();
const good = 'well-behaved';

beforeAll(() => deploy(target, { name: good }));
afterAll(() => remove(target, 'default', good, 'bad-throw', 'bad-reject', 'bad-exit', 'bad-block', 'bad-never', 'bad-leak'));

it.each(['throw', 'reject', 'exit', 'block', 'leak'])('hurts nobody else when a function does this: %s', async (how) => {
  const name = `bad-${how}`;
  await deploy(target, { name });
  expect((await call(target, name)).status).toBe(200);
  const load = traffic(target, good, { perSecond: 20 });

  const { status, body } = await call(target, name, { path: `/?do=${how}`, timeoutMs: 120_000 });
  expect([500, 502, 503, 504]).toContain(status);
  expect(body).not.toContain('secret of the stack');
  expect(body).not.toContain('    at ');
  await until('the function answers again', 90_000, async () => (await call(target, name)).status === 200);

  expect(failures(await load.stop())).toEqual([]);
});

it('gives up on an answer that never comes, and frees its place', async () => {
  const name = 'bad-never';
  await deploy(target, { name, annotations: { 'autoscaling.knative.dev/container-concurrency': '1' }, scaleOptions: { maxReplicas: 1 } });
  const stuck = Array.from({ length: 3 }, () => call(target, name, { path: '/?do=never', timeoutMs: 1000 }));
  expect((await Promise.all(stuck)).map(({ status }) => status)).toEqual([0, 0, 0]);
  probeOf(await call(target, name));
});
