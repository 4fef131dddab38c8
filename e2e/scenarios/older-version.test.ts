import { afterAll, expect, it } from 'vitest';
import { call, probeOf } from '../support/call.ts';
import { deploy, kubectl, remove } from '../support/functions.ts';
import { until } from '../support/until.ts';
import { useTarget } from '../targets/use-target.ts';

const target = await useTarget();
const former = 'functions.v1beta1.core.openfunction.io';

afterAll(() => remove(target, 'default', 'of-today', 'of-yesterday'));

it('runs a Function that is written in v1beta1, and shows it in either version', async () => {
  await deploy(target, { name: 'of-today' });
  // Served from what the other one built.
  const image = `${target.imagePrefix}/default-of-today:v1`;
  const object = (version: string): string =>
    JSON.stringify({
      apiVersion: 'core.openfunction.io/v1beta1',
      kind: 'Function',
      metadata: { name: 'of-yesterday', namespace: 'default', annotations: { plugins: 'pre: []' } },
      spec: {
        image,
        port: 8080,
        serving: { runtime: 'knative', params: { VERSION: version }, triggers: [{ type: 'cron', targetKind: 'job' }] },
      },
    });
  expect(await target.kubectl(['apply', '-f', '-'], { stdin: object('one') })).toMatchObject({ code: 0 });
  await kubectl(target, 'wait', 'functions/of-yesterday', '--for=condition=Ready', '--timeout=120s');
  expect(probeOf(await call(target, 'of-yesterday')).version).toBe('one');

  const shown = JSON.parse(await kubectl(target, 'get', former, 'of-yesterday', '-o', 'json')) as { spec: { port: number } };
  expect(shown).toMatchObject({ apiVersion: 'core.openfunction.io/v1beta1', spec: (JSON.parse(object('one')) as { spec: object }).spec });
  const stored = JSON.parse(await kubectl(target, 'get', 'functions', 'of-yesterday', '-o', 'json')) as object;
  expect(stored).toMatchObject({
    apiVersion: 'core.openfunction.io/v1beta2',
    spec: { image, serving: { triggers: { http: { port: 8080 } }, params: { VERSION: 'one' } } },
  });

  expect(await target.kubectl(['apply', '-f', '-'], { stdin: object('two') })).toMatchObject({ code: 0 });
  await until('the second version answers', 120_000, async () => probeOf(await call(target, 'of-yesterday')).version === 'two');
  expect(await kubectl(target, 'get', former, '-o', 'name')).toContain('of-today');
});
