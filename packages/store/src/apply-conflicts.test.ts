import type { KubeObject } from '@openfunction/resources';
import { expect, it } from 'vitest';
import { applyConflicts } from './apply-conflicts.ts';
import { applyMerge } from './apply-merge.ts';

const thing = (spec: unknown): KubeObject => ({ apiVersion: 'v1', kind: 'Thing', metadata: { name: 'a' }, spec });
const live = applyMerge(undefined, thing({ size: 1, env: [{ name: 'A', value: '1' }] }), { fieldManager: 'one', time: '' });

it('names the fields that another manager applied with another value', () => {
  expect(applyConflicts(live, thing({ size: 2, env: [{ name: 'A', value: '2' }, { name: 'B' }] }), 'two')).toEqual([
    { manager: 'one', field: '.spec.size' },
    { manager: 'one', field: '.spec.env[name="A"].value' },
  ]);
});

it('finds nothing in what is equal, in what is new, and in what is its own', () => {
  expect(applyConflicts(live, thing({ size: 1, colour: 'red' }), 'two')).toEqual([]);
  expect(applyConflicts(live, thing({ size: 3 }), 'one')).toEqual([]);
});
