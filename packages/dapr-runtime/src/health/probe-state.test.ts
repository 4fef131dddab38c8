import fc from 'fast-check';
import { expect, it } from 'vitest';
import { afterProbe, unproven, type ProbeState } from './probe-state.ts';

const after = (probes: readonly boolean[], threshold: number): ProbeState =>
  probes.reduce((state, isSuccess) => afterProbe(state, isSuccess, threshold), unproven);

it('counts an app as healthy from the first success to as many failures in a row as the threshold', () => {
  expect(
    [[], [false], [true], [true, false, false], [true, false, false, false], [true, false, false, true, false, false]].map(
      (probes) => after(probes, 3).isHealthy,
    ),
  ).toEqual([false, false, true, true, false, true]);
});

it('says the same as a look at the last probes', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 40 }), fc.integer({ min: 1, max: 6 }), (probes, threshold) => {
      const isHealthy =
        probes.includes(true) && probes.slice(-threshold).some((isSuccess, _index, last) => isSuccess || last.length < threshold);
      expect(after(probes, threshold).isHealthy).toBe(isHealthy);
    }),
  );
});
