import { expect, it } from 'vitest';
import { buildDefaults } from './builder/defaults.ts';
import { durationMs, durationText } from './duration.ts';
import { functionDefaults } from './function/defaults.ts';
import { servingDefaults } from './serving/defaults.ts';

it('serves HTTP unless another trigger is named', () => {
  expect(servingDefaults({})).toEqual({ isHttp: true, port: 8080, minReplicas: 0, firstReplicas: 0, maxReplicas: 10 });
  expect(servingDefaults({ triggers: { dapr: [{ name: 'a' }] } }).isHttp).toBe(false);
  expect(servingDefaults({ triggers: { http: { port: 80 }, dapr: [{ name: 'a' }] } })).toMatchObject({ isHttp: true, port: 80 });
});

it('keeps no successful build and one failed build that are superseded', () => {
  expect(buildDefaults({ srcRepo: {} })).toEqual({ successfulBuildsHistoryLimit: 0, failedBuildsHistoryLimit: 1 });
  expect(buildDefaults({ srcRepo: {}, timeout: '1m', builderMaxAge: '0' })).toMatchObject({ timeoutMs: 60_000 });
});

it('knows the runtimes in any case', () => {
  expect(functionDefaults({ image: 'a', workloadRuntime: 'WasmEdge' }).workloadRuntime).toBe('wasmedge');
  expect(functionDefaults({ image: 'a' })).toEqual({ version: 'latest', workloadRuntime: 'OCIContainer' });
  expect(functionDefaults({ image: 'a', workloadRuntime: 'other' }).workloadRuntime).toBeUndefined();
});

it.each([
  ['1h2m3s', 3_723_000, '1h2m3s'],
  ['90s', 90_000, '1m30s'],
  ['1.5s', 1500, '2s'],
  ['0', 0, '0s'],
])('reads and writes the duration %s', (text, ms, written) => {
  expect(durationMs(text)).toBe(ms);
  expect(durationText(ms)).toBe(written);
});
it.each(['', '5', '-5s', '1d'])('takes %j for no duration', (text) => expect(durationMs(text)).toBeUndefined());
