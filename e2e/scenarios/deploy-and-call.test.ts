import { afterAll, expect, it } from 'vitest';
import { call, probeOf } from '../support/call.ts';
import { deploy, kubectl, remove } from '../support/functions.ts';
import { useTarget } from '../targets/use-target.ts';

const target = await useTarget();
const name = 'first';

afterAll(() => remove(target, 'default', name, 'crowd'));

it('goes from source to an answer, and kubectl shows it', async () => {
  await deploy(target, { name, params: { VERSION: 'one' } });
  expect(probeOf(await call(target, name)).version).toBe('one');

  expect(await kubectl(target, 'wait', `fn/${name}`, '--for=condition=Ready', '--timeout=10s')).toContain('condition met');
  expect(await kubectl(target, 'get', 'fn', name)).toMatch(/NAME\s+BUILDSTATE\s+SERVINGSTATE.*\nfirst\s+Succeeded\s+Running/);
  expect(await kubectl(target, 'get', 'fn', name, '-o', 'yaml')).toContain('builder: openfunction/builder-node:latest');
  const { status } = JSON.parse(await kubectl(target, 'get', 'fn', name, '-o', 'json')) as {
    status: { addresses: { type: string; value: string }[] };
  };
  expect(status.addresses.find(({ type }) => type === 'External')?.value).toContain(`//${name}.default.${target.domain}`);
  expect(await kubectl(target, 'get', 'fn', '-o', 'name')).toContain(`function.core.openfunction.io/${name}\n`);
});

it('answers fifty callers at once on a cold function', async () => {
  await deploy(target, { name: 'crowd' });
  const answers = await Promise.all(Array.from({ length: 50 }, () => call(target, 'crowd')));
  expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  // Each instance carries a hundred at a time, so one was enough.
  expect(new Set(answers.map((answer) => probeOf(answer).instance)).size).toBe(1);
});

it('changes with kubectl apply, without a new deploy', async () => {
  const fn = JSON.parse(await kubectl(target, 'get', 'fn', name, '-o', 'json')) as {
    metadata: object;
    spec: { serving: { params: object } };
  };
  const changed = {
    ...fn,
    metadata: { name, namespace: 'default' },
    status: undefined,
    spec: { ...fn.spec, serving: { ...fn.spec.serving, params: { VERSION: 'two' } } },
  };
  const applied = await target.kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], { stdin: JSON.stringify(changed) });
  expect(applied).toMatchObject({ code: 0 });
  await expect.poll(async () => probeOf(await call(target, name)).version, { timeout: 60_000 }).toBe('two');
});
