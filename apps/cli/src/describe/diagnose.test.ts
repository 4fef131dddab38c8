import type { FunctionStatus, OFunction } from '@openfunction/resources';
import { expect, it } from 'vitest';
import { diagnose } from './diagnose.ts';
import type { FunctionWorld } from './world.ts';

type Conditions = NonNullable<FunctionStatus['conditions']>;

function world(status: FunctionStatus | undefined, more: Partial<FunctionWorld> = {}): FunctionWorld {
  const fn: OFunction = {
    apiVersion: 'core.openfunction.io/v1beta2',
    kind: 'Function',
    metadata: { name: 'orders', generation: 2 },
    spec: { image: 'i' },
    ...(status === undefined ? {} : { status }),
  };
  return { fn, builders: [], servings: [], pods: [], events: [], ...more };
}

function conditions(...given: [type: string, status: 'True' | 'False', reason?: string, message?: string][]): Conditions {
  return given.map(([type, status, reason = type, message = '']) => ({
    type,
    status,
    reason,
    message,
    lastTransitionTime: '',
    observedGeneration: 2,
  }));
}

it('finds nothing wrong with a function that serves', () => {
  expect(
    diagnose(world({ build: { state: 'Succeeded' }, serving: { state: 'Running' }, conditions: conditions(['Ready', 'True']) })),
  ).toEqual([]);
});

it('says that nobody has looked at it yet', () => {
  expect(diagnose(world(undefined))[0]?.problem).toContain('controller');
});

it('gives the compiler’s words for a failed build', () => {
  const [finding] = diagnose(
    world({ build: { state: 'Failed', message: 'index.js:2: expected )' }, conditions: conditions(['Ready', 'False']) }),
  );
  expect(finding).toEqual({
    problem: 'The build ended as Failed: index.js:2: expected )',
    todo: 'Correct the source, and deploy it again.',
  });
});

it('says that callers keep the version before when the new one does not start', () => {
  const [finding] = diagnose(
    world({
      build: { state: 'Succeeded' },
      serving: { state: 'Failed', message: 'it threw', resourceRef: 'orders-2', lastSuccessfulResourceRef: 'orders-1' },
      conditions: conditions(['Ready', 'False']),
    }),
  );
  expect(finding?.problem).toBe('The newest version does not start: it threw. Callers still get the version before (orders-1).');
  expect(finding?.todo).toContain('ofn logs orders');
});

it('knows what to do about reasons that it knows', () => {
  const serving = { state: 'Failed' as const, reason: 'ReferenceNotFound', message: 'Secret "db" does not exist' };
  const [finding] = diagnose(world({ build: { state: 'Skipped' }, serving, conditions: conditions(['Ready', 'False']) }));
  expect(finding?.todo).toContain('Create the Secret');
});

it('puts a refused manifest before everything that follows from it', () => {
  const found = diagnose(
    world({
      build: { state: 'Failed' },
      conditions: conditions(['Accepted', 'False', 'Invalid', 'spec.image is required'], ['Ready', 'False']),
    }),
  );
  expect(found.map(({ problem }) => problem)).toEqual(['spec.image is required']);
});

it('counts instances that are missing from the minimum', () => {
  const serving = {
    apiVersion: 'core.openfunction.io/v1beta2' as const,
    kind: 'Serving' as const,
    metadata: { name: 'orders-1' },
    spec: { image: 'i', scaleOptions: { minReplicas: 2 } },
  };
  const status = {
    serving: { state: 'Running' as const, lastSuccessfulResourceRef: 'orders-1' },
    conditions: conditions(['Ready', 'True']),
  };
  expect(diagnose(world(status, { servings: [serving] }))[0]?.problem).toBe('0 of at least 2 instances run.');
});
