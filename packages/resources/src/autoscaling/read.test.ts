import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { autoscalingAnnotations } from './annotations.ts';
import { autoscalingCauses, autoscalingSettings } from './read.ts';

const at = (name: string): string => `autoscaling.knative.dev/${name}`;
const causesOf = (name: string, value: string) => autoscalingCauses({ serving: { annotations: { [name]: value } } }, 'spec.serving');

describe('what the annotations about scaling say', () => {
  it('is read from scaleOptions first, then from those of the instances, then from the object', () => {
    const input = {
      serving: {
        scaleOptions: { knative: { [at('target')]: 7 } },
        annotations: { [at('target')]: '8', [at('window')]: '2m' },
      },
      annotations: { [at('target')]: '9', [at('window')]: '3m', [at('scale-down-delay')]: '15m' },
    };
    expect(autoscalingSettings(input)).toEqual({ target: 7, windowMs: 120_000, scaleDownDelayMs: 900_000 });
  });

  it('may be written in the older spelling', () => {
    const annotations = { [at('minScale')]: '2', [at('targetUtilizationPercentage')]: '80' };
    expect(autoscalingSettings({ serving: { annotations } })).toEqual({ minScale: 2, targetUtilizationPercentage: 80 });
  });

  it.each([
    ['class', 'kpa.autoscaling.knative.dev'],
    ['metric', 'rps'],
    ['target', '0.01'],
    ['target', '200'],
    ['target-utilization-percentage', '100'],
    ['target-burst-capacity', '-1'],
    ['target-burst-capacity', '0'],
    ['window', '6s'],
    ['window', '1h'],
    ['panic-window-percentage', '1'],
    ['panic-threshold-percentage', '110'],
    ['panic-threshold-percentage', '1000.0'],
    ['metric-aggregation-algorithm', 'weightedExponential'],
    ['min-scale', '0'],
    ['max-scale', '2147483647'],
    ['initial-scale', '0'],
    ['activation-scale', '1'],
    ['scale-down-delay', '0'],
    ['scale-to-zero-pod-retention-period', '1m500ms'],
    ['container-concurrency', '0'],
  ])('may be %s: %s', (name, value) => {
    expect(causesOf(at(name), value)).toEqual([]);
  });

  it.each([
    ['class', 'hpa.autoscaling.knative.dev'],
    ['metric', 'cpu'],
    ['target', '0'],
    ['target', '1e3'],
    ['target', 'NaN'],
    ['target-utilization-percentage', '0.5'],
    ['target-utilization-percentage', '101'],
    ['target-burst-capacity', '-2'],
    ['window', '5s'],
    ['window', '61m'],
    ['window', '6.5s'],
    ['window', 'soon'],
    ['panic-window-percentage', '0'],
    ['panic-threshold-percentage', '109'],
    ['metric-aggregation-algorithm', 'median'],
    ['min-scale', '-1'],
    ['min-scale', '1.5'],
    ['max-scale', '2147483648'],
    ['initial-scale', ''],
    ['activation-scale', '0'],
    ['scale-down-delay', '-1s'],
    ['scale-down-delay', '2h'],
    ['scale-to-zero-pod-retention-period', '61m'],
    ['container-concurrency', '1001'],
    ['container-concurrency', 'toString'],
  ])('may not be %s: %s', (name, value) => {
    expect(causesOf(at(name), value)).toMatchObject([
      {
        field: `spec.serving.annotations[${at(name)}]`,
        reason: 'FieldValueInvalid',
        message: expect.stringContaining('must be') as string,
      },
    ]);
    expect(autoscalingSettings({ serving: { annotations: { [at(name)]: value } } })).toEqual({});
  });

  it.each([
    ['openfunction.io/queue-length', '0'],
    ['openfunction.io/request-timeout', '0s'],
    ['openfunction.io/keep-alive', 'forever'],
  ])('may not be %s: %s either', (name, value) => {
    expect(causesOf(name, value)).toHaveLength(1);
  });

  it('must not contradict itself', () => {
    const serving = { scaleOptions: { maxReplicas: 2 }, annotations: { [at('min-scale')]: '3' } };
    expect(autoscalingCauses({ serving }, 'spec.serving')).toMatchObject([{ field: `spec.serving.annotations[${at('min-scale')}]` }]);
    const annotations = { [at('max-scale')]: '2', [at('activation-scale')]: '3' };
    expect(autoscalingCauses({ serving: {}, annotations }, 'spec.serving')).toMatchObject([
      { field: `metadata.annotations[${at('activation-scale')}]` },
    ]);
    expect(
      autoscalingCauses({ serving: { scaleOptions: { minReplicas: 5 } }, annotations: { [at('max-scale')]: '2' } }, 'spec'),
    ).toMatchObject([{ field: 'spec.scaleOptions.minReplicas' }]);
    expect(autoscalingCauses({ serving: {}, annotations: { [at('max-scale')]: '0', [at('min-scale')]: '3' } }, 'spec')).toEqual([]);
  });

  it('is used exactly when nothing is wrong with it, whatever it is', () => {
    const names = Object.values(autoscalingAnnotations).map((each) => each.names[0]);
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.oneof(
          fc.string(),
          fc.double().map(String),
          fc.integer().map((each) => `${each}s`),
        ),
        (name, text) => {
          const used = Object.keys(autoscalingSettings({ serving: { annotations: { [name]: text } } })).length;
          expect(causesOf(name, text)).toHaveLength(1 - used);
        },
      ),
    );
  });
});
