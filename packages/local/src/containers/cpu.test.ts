import { expect, it } from 'vitest';
import { cpuOf } from './cpu.ts';

const cpu = (resources: { limits?: Record<string, string>; requests?: Record<string, string> }): ReturnType<typeof cpuOf> =>
  cpuOf({ pod: { container: 0, template: { containers: [{ name: 'function', resources }] } } });

it('bounds processor time by the limit, and weighs it by the request', () => {
  expect(cpu({ limits: { cpu: '500m' } })).toEqual({ quota: 50_000, period: 100_000, shares: 512 });
  expect(cpu({ limits: { cpu: '2' }, requests: { cpu: '250m' } })).toEqual({ quota: 200_000, period: 100_000, shares: 256 });
  expect(cpu({ requests: { cpu: '1' } })).toEqual({ shares: 1024 });
  expect(cpu({ limits: { cpu: '1m' } })).toEqual({ quota: 1000, period: 100_000, shares: 2 });
  expect(cpu({ limits: { memory: '1Gi' } })).toBeUndefined();
});
