import { afterAll, expect, it } from 'vitest';
import { call, probeOf } from '../support/call.ts';
import { deploy, instances, kubectl, remove } from '../support/functions.ts';
import { until } from '../support/until.ts';
import { useTarget } from '../targets/use-target.ts';

const target = await useTarget();

afterAll(() => remove(target, 'default', 'roomy', 'placed'));

const condition = async (name: string, type: string): Promise<string> =>
  kubectl(
    target,
    'get',
    'function',
    name,
    '-o',
    `jsonpath={range .status.conditions[?(@.type=="${type}")]}{.status} {.reason} {.message}{end}`,
  );

it('gives a function that asks for more than the pool has instances of its own, and says why', async () => {
  const name = 'roomy';
  await deploy(target, { name, container: { resources: { limits: { memory: '320Mi' } } } });
  expect(probeOf(await call(target, name))).toHaveProperty('instance');
  expect(await condition(name, 'Pooled')).toContain('False OwnWorkload');
  expect(await condition(name, 'Pooled')).toContain('spec.serving.template.containers[0].resources.limits.memory');
  await until('its instance is listed', 10_000, async () => (await instances(target, 'default', name)).length === 1);
});

it('honours where a function is to run and as whom, or says that it does not', async () => {
  const name = 'placed';
  await deploy(target, {
    name,
    container: { volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }] },
    template: {
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      serviceAccountName: 'default',
      volumes: [{ name: 'scratch', emptyDir: {} }],
    },
  });
  expect(probeOf(await call(target, name))).toHaveProperty('instance');
  const said = `${await condition(name, 'Pooled')} ${await condition(name, 'Honoured')}`;
  for (const field of ['nodeSelector', 'serviceAccountName', 'containers[0].volumeMounts[0].mountPath'])
    expect(said).toContain(`spec.serving.template.${field}`);
});
