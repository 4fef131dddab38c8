import fc from 'fast-check';
import { expect, it } from 'vitest';
import { advancedCauses, scalingBehavior, unknownAdvanced } from './scaling-behavior.ts';

const withBehavior = (behavior: unknown): Record<string, unknown> => ({ horizontalPodAutoscalerConfig: { behavior } });
const policies = [{ type: 'Percent', value: 50, periodSeconds: 15 }] as const;

it('reads how fast the count may change', () => {
  const behavior = { scaleDown: { stabilizationWindowSeconds: 45, policies }, scaleUp: { selectPolicy: 'Disabled' } };
  expect(scalingBehavior(withBehavior(behavior))).toEqual(behavior);
});

it('takes what is null for not said, as Kubernetes does', () => {
  const behavior = { scaleUp: { stabilizationWindowSeconds: null, policies: null, selectPolicy: null }, scaleDown: null };
  expect(scalingBehavior(withBehavior(behavior))).toEqual({ scaleUp: {}, scaleDown: {} });
  expect(advancedCauses(withBehavior(behavior), 'a')).toEqual([]);
});

it.each([
  [{ scaleUp: { stabilizationWindowSeconds: 3601 } }, 'scaleUp.stabilizationWindowSeconds', 'must be 3600 or less'],
  [{ scaleUp: { policies: [] } }, 'scaleUp.policies', 'must have 1 entry or more'],
  [{ scaleDown: { policies: [{ ...policies[0], value: 0 }] } }, 'scaleDown.policies[0].value', 'must be 1 or more'],
  [{ scaleDown: { policies: [{ ...policies[0], periodSeconds: 1801 }] } }, 'scaleDown.policies[0].periodSeconds', 'must be 1800 or less'],
  [{ scaleDown: { policies: [{ ...policies[0], type: 'Share' }] } }, 'scaleDown.policies[0].type', 'must be one of Pods, Percent'],
  [{ scaleDown: { selectPolicy: 'Most' } }, 'scaleDown.selectPolicy', 'must be one of Max, Min, Disabled'],
  [{ scaleDown: { stabilizationWindowSeconds: '45' } }, 'scaleDown.stabilizationWindowSeconds', 'write it without quotation marks'],
])('names what is wrong with %j', (behavior, field, message) => {
  expect(advancedCauses(withBehavior(behavior), 'spec.a')).toEqual([
    {
      field: `spec.a.horizontalPodAutoscalerConfig.behavior.${field}`,
      reason: 'FieldValueInvalid',
      message: expect.stringContaining(message) as string,
    },
  ]);
  expect(scalingBehavior(withBehavior(behavior))).toEqual({ scaleUp: {}, scaleDown: {} });
});

it('names what nothing follows', () => {
  const advanced = {
    restoreToOriginalReplicaCount: true,
    scalingModifiers: { formula: 'a + b' },
    horizontalPodAutoscalerConfig: { name: 'mine', behavior: { scaleUp: { tolerance: 0, policies }, scaleSideways: {} } },
  };
  expect(unknownAdvanced(advanced, 'a')).toEqual([
    'a.restoreToOriginalReplicaCount',
    'a.scalingModifiers',
    'a.horizontalPodAutoscalerConfig.name',
    'a.horizontalPodAutoscalerConfig.behavior.scaleSideways',
    'a.horizontalPodAutoscalerConfig.behavior.scaleUp.tolerance',
  ]);
  expect(unknownAdvanced(withBehavior({ scaleUp: { policies }, scaleDown: { selectPolicy: 'Min' } }), 'a')).toEqual([]);
  expect(unknownAdvanced(undefined, 'a')).toEqual([]);
});

it('either reads whatever is stored, or says what is wrong with it', () => {
  const anything = fc.jsonValue({ maxDepth: 1 });
  const under = (name: string, inner: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> => fc.oneof(fc.record({ [name]: inner }), anything);
  const policy = fc.oneof(fc.constant(policies[0]), fc.record({ type: anything, value: anything }), anything);
  const rules = fc.oneof(fc.record({ policies: fc.array(policy, { maxLength: 2 }) }), anything);
  const tree = under('horizontalPodAutoscalerConfig', under('behavior', under('scaleUp', rules)));
  fc.assert(
    fc.property(tree, (stored) => {
      const advanced = stored as Record<string, unknown>;
      const read = scalingBehavior(advanced);
      if (advancedCauses(advanced, 'a').length > 0) expect(read).toEqual({ scaleUp: {}, scaleDown: {} });
      for (const path of unknownAdvanced(advanced, 'a')) expect(path).toMatch(/^a[.]/);
    }),
  );
});
