import { expect, it } from 'vitest';
import { call, probeOf } from '../support/call.ts';
import { deploy, instances, kubectl, remove } from '../support/functions.ts';
import { until } from '../support/until.ts';
import { useTarget } from '../targets/use-target.ts';

const target = await useTarget();

it('deletes a function with all that belongs to it, and makes it anew', async () => {
  const name = 'deleted';
  await deploy(target, { name, params: { VERSION: 'one' } });
  const first = probeOf(await call(target, name));

  const { code } = await target.ofn(['delete', 'function', name]);
  expect(code).toBe(0);
  await until('nothing answers for it', 30_000, async () => (await call(target, name)).status === 404);
  await until('its instance is gone', 30_000, async () => (await instances(target, 'default', name)).length === 0);
  const left = await kubectl(target, 'get', 'builders,servings,services', '-l', `openfunction.io/function=${name}`, '-o', 'name');
  expect(left.trim()).toBe('');

  await deploy(target, { name, params: { VERSION: 'two' } });
  const second = probeOf(await call(target, name));
  expect(second.version).toBe('two');
  expect(second.instance).not.toBe(first.instance);
  await remove(target, 'default', name);
});
