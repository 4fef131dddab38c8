import { afterAll, beforeAll, expect, it } from 'vitest';
import { call, probeOf } from '../support/call.ts';
import { deploy, instances, remove } from '../support/functions.ts';
import { failures, traffic } from '../support/traffic.ts';
import { until } from '../support/until.ts';
import { useTarget } from '../targets/use-target.ts';

const target = await useTarget();
const warm = 'warm';
const others = target.parts.filter((part) => part !== 'gateway');
const cold = others.map((part) => `cold-${part}`);

beforeAll(async () => {
  await deploy(target, { name: warm, scaleOptions: { minReplicas: 1 } });
  for (const name of cold) await deploy(target, { name });
});
afterAll(() => remove(target, 'default', warm, ...cold));

it.each(others)('does not interrupt warm traffic when this part is killed: %s', async (part) => {
  const load = traffic(target, warm, { perSecond: 50 });
  await load.more(50);
  const served = (await instances(target, 'default', warm)).toSorted();

  await target.kill(part);
  const answer = await call(target, `cold-${part}`, { timeoutMs: 90_000 });
  // A cold request is answered, or told clearly that it was not.
  expect([200, 503]).toContain(answer.status);
  if (answer.status === 503) expect(answer.retryAfter).toBeDefined();
  await until('cold requests are answered', 60_000, async () => (await call(target, `cold-${part}`)).status === 200);
  await load.more(200);

  expect(failures(await load.stop())).toEqual([]);
  // Nobody was made twice, and nobody is left over.
  await expect.poll(async () => (await instances(target, 'default', warm)).toSorted(), { timeout: 30_000 }).toEqual(served);
});

it('takes new connections soon after a gateway was killed', async () => {
  probeOf(await call(target, warm));
  await target.kill('gateway');
  // Where there are several, some connections still go to the one that is gone.
  await until('new connections are answered', target.gatewayBackWithinSeconds * 1000, async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => call(target, warm, { timeoutMs: 1000 })));
    return answers.every(({ status }) => status === 200);
  });
  const load = traffic(target, warm, { perSecond: 50 });
  await load.more(100);
  expect(failures(await load.stop())).toEqual([]);
});
