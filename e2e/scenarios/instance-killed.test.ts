import { afterAll, expect, it } from 'vitest';
import { deploy, remove } from '../support/functions.ts';
import { failures, traffic } from '../support/traffic.ts';
import { probeOf } from '../support/call.ts';
import { until } from '../support/until.ts';
import { useTarget } from '../targets/use-target.ts';

const target = await useTarget();
const name = 'mortal';

afterAll(() => remove(target, 'default', name));

it('fails no more than what was in flight on an instance that is killed, and replaces it', async () => {
  await deploy(target, { name });
  // 100 a second and 20 ms each: about two are in flight at any moment.
  const load = traffic(target, name, { perSecond: 100, path: '/?sleep=20' });
  await load.more(100);
  const before = probeOf(load.answers.at(-1)!).instance;

  await target.killInstance('default', name);
  await until('another instance answers', 30_000, async () => {
    const last = load.answers.at(-1)!;
    return last.status === 200 && probeOf(last).instance !== before;
  });
  await load.more(200);

  const failed = failures(await load.stop());
  expect(failed.length, failed.join('\n')).toBeLessThanOrEqual(10);
});
