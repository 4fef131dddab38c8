import type { KubeObject } from '@openfunction/resources';
import { expect, it } from 'vitest';
import { applyMerge } from './apply-merge.ts';

function applied(spec: unknown, manager = 'one', live?: KubeObject): KubeObject {
  return applyMerge(
    live,
    { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'a' }, spec },
    { fieldManager: manager, time: '2026-01-01T00:00:00Z' },
  );
}

it('merges environment variables by name and keeps those of others', () => {
  const live = applied({ env: [{ name: 'A', value: '1' }] }, 'other');
  expect(applied({ env: [{ name: 'B', value: '2' }] }, 'one', live).spec).toEqual({
    env: [
      { name: 'A', value: '1' },
      { name: 'B', value: '2' },
    ],
  });
});

it('removes an element that its manager no longer applies', () => {
  const first = applied({
    env: [
      { name: 'A', value: '1' },
      { name: 'B', value: '2' },
    ],
  });
  expect(applied({ env: [{ name: 'B', value: '2' }] }, 'one', first).spec).toEqual({ env: [{ name: 'B', value: '2' }] });
});

it('takes a list without identities as one value', () => {
  const first = applied({ args: ['a', 'b'] });
  expect(applied({ args: ['c'] }, 'two', first).spec).toEqual({ args: ['c'] });
});

it('takes a field from its former manager when the value differs', () => {
  const first = applied({ size: 1 }, 'one');
  const second = applied({ size: 2 }, 'two', first);
  expect(applied({}, 'one', second).spec).toEqual({ size: 2 });
});

it('records the fields in the form that kubectl prints', () => {
  expect(applied({ size: 1, env: [{ name: 'A' }] }).metadata.managedFields).toEqual([
    {
      manager: 'one',
      operation: 'Apply',
      apiVersion: 'v1',
      time: '2026-01-01T00:00:00Z',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:spec': { 'f:size': {}, 'f:env': { 'k:{"name":"A"}': { 'f:name': {} } } } },
    },
  ]);
});
