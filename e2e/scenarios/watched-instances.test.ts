import { afterAll, beforeAll, expect, it } from 'vitest';
import { call } from '../support/call.ts';
import { deploy, instances, kubectl, remove } from '../support/functions.ts';
import { until } from '../support/until.ts';
import { useTarget } from '../targets/use-target.ts';

const target = await useTarget();
const name = 'mourned';
const patienceMs = 90_000;

const said = async (...args: string[]): Promise<string> => (await target.ofn(args)).stdout;

beforeAll(async () => {
  await deploy(target, { name });
  expect((await call(target, name)).status).toBe(200);
});
afterAll(() => remove(target, 'default', name));

it('shows by the name that kubectl lists what an instance uses', async () => {
  const row = await until('the instance is shown with what it uses', patienceMs, async () => {
    const rows = (await said('top', name)).split('\n');
    return rows.find((line) => /^mourned\s+\S+\s+\d+m\s+\d+Mi\s+0\s+[1-9]/.test(line));
  });
  expect(await instances(target, 'default', name)).toContain(row.split(/\s+/)[1]);
});

it('tells of one that ended by itself, and keeps what it wrote', async () => {
  await call(target, name, { path: '/?do=exit' });
  await until('kubectl describe tells of the end', patienceMs, async () =>
    (await kubectl(target, 'describe', 'function', name)).includes('FunctionCrashed'),
  );
  expect(await said('events', name)).toMatch(/FunctionCrashed.*Instance \S+ ended by itself with exit code 1: /);
  await until('its log is kept', patienceMs, async () => (await said('logs', name, '--previous')).includes('last words'));
});

it('tells of one that does not answer any more', async () => {
  await call(target, name, { path: '/?do=block', timeoutMs: 120_000 });
  await until('kubectl describe tells of the silence', patienceMs, async () =>
    (await kubectl(target, 'describe', 'function', name)).includes('InstanceSilent'),
  );
  expect(await said('events', name)).toMatch(/InstanceSilent.*Instance \S+ did not answer for its health/);
});
