import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { call, type Probe } from '../support/call.ts';
import { deploy, remove } from '../support/functions.ts';
import { useTarget } from '../targets/use-target.ts';

const target = await useTarget();
const tenants = target.namespaces.slice(0, 3);
const rounds = Number(process.env['OFN_E2E_ROUNDS'] ?? target.rounds);
const name = 'tenant';
const scaling = { annotations: { 'autoscaling.knative.dev/container-concurrency': '1' }, scaleOptions: { maxReplicas: 2 } };

beforeAll(async () => {
  expect(tenants).toHaveLength(3);
  for (const namespace of tenants) await deploy(target, { name, namespace, params: { TENANT: namespace }, ...scaling });
});
afterAll(async () => {
  for (const namespace of tenants) await remove(target, namespace, name);
});

it(
  `never lets an instance answer for two tenants (${rounds} rounds)`,
  async () => {
    const owners = new Map<string, string>();
    const refused: string[] = [];
    // The seed is printed with a failure, so that the same faults can be sent again.
    const faults = fc.sample(fc.constantFrom('', '', '', '?do=exit', '?do=exit', '?do=throw'), { numRuns: rounds * 3, seed: 20_261_124 });
    for (let round = 0; round < rounds; round += 1) {
      await Promise.all(
        tenants.map(async (namespace, at) => {
          await call(target, name, { namespace, path: `/${faults[round * 3 + at]}` });
          const { status, body } = await call(target, name, { namespace });
          if (status !== 200) return refused.push(`round ${round}, after "${faults[round * 3 + at]}": ${status} ${body.slice(0, 300)}`);
          const { instance, tenant } = JSON.parse(body) as Probe;
          expect(tenant).toBe(namespace);
          expect(owners.get(instance) ?? namespace).toBe(namespace);
          owners.set(instance, namespace);
        }),
      );
    }
    // Faults may cost a few answers, and must not cost more.
    expect(refused.length, refused.slice(0, 10).join('\n')).toBeLessThan(rounds * 3 * 0.05);
    // Many instances lived and died: otherwise nothing was shown.
    expect(owners.size).toBeGreaterThan(rounds * 0.5);
  },
  rounds * 6000,
);
