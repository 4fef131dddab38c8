import type { OFunction } from '@openfunction/resources/nouns';
import { expect, it } from 'vitest';
import { progressOf } from './progress.ts';

function fn(status: OFunction['status'], ready: 'True' | 'False' | 'Unknown' = 'Unknown', observedGeneration = 2): OFunction {
  const condition = { type: 'Ready', status: ready, reason: 'R', message: 'said so', lastTransitionTime: '', observedGeneration };
  return {
    apiVersion: 'core.openfunction.io/v1beta2',
    kind: 'Function',
    metadata: { name: 'f' },
    spec: { image: 'i' },
    status: { ...status, conditions: [condition] },
  };
}

it('waits while the status is of an older generation, whatever it says', () => {
  expect(progressOf(fn({}, 'True', 1), 2)).toEqual({ is: 'waiting' });
  expect(progressOf({ ...fn({}), status: undefined }, 1)).toEqual({ is: 'waiting' });
});

it('names the build that runs, so that its log can be shown', () => {
  expect(progressOf(fn({ build: { state: 'Building', resourceRef: 'f-1' } }), 2)).toEqual({
    is: 'waiting',
    on: 'build',
    builder: 'f-1',
  });
  expect(progressOf(fn({ build: { state: 'Succeeded', resourceRef: 'f-1' } }), 2)).toEqual({ is: 'waiting', on: 'version' });
});

it('tells a failed build from a version that does not start', () => {
  expect(
    progressOf(fn({ build: { state: 'Failed', resourceRef: 'f-1', reason: 'CompileFailed', message: 'index.js:2' } }, 'False'), 2),
  ).toEqual({
    is: 'build-failed',
    builder: 'f-1',
    reason: 'CompileFailed',
    why: 'index.js:2',
  });
  expect(progressOf(fn({ build: { state: 'Succeeded' }, serving: { state: 'Failed', message: 'no database' } }, 'False'), 2)).toEqual({
    is: 'not-ready',
    reason: 'R',
    why: 'no database',
  });
  expect(progressOf(fn({ serving: { state: 'Running' } }, 'True'), 2)).toEqual({ is: 'ready' });
});
