import { eventKind, functionKind, type OFunction } from '@openfunction/resources';
import { memoryStore, StoreError } from '@openfunction/store';
import { expect, it } from 'vitest';
import { countLimit, writeStatus } from './write-status.ts';

it('says in an Event what is wrong with an object whose status may not be written', async () => {
  const base = memoryStore();
  const metadata = { namespace: 'demo', name: 'old' };
  const fn: OFunction = await base.create(functionKind, {
    apiVersion: 'core.openfunction.io/v1beta2',
    kind: 'Function',
    metadata,
    spec: { image: 'i', serving: {} },
  });
  // As an API server does it for what was stored before its rules were stricter.
  const store = { ...base, updateStatus: () => Promise.reject(new StoreError('Invalid', 'Function "old" is invalid: hostNetwork')) };
  const written = await writeStatus(
    store,
    functionKind,
    { ...fn, status: { observedGeneration: 1 } },
    { before: undefined, counts: countLimit(), nowMs: 0 },
  );
  expect(written).toEqual({ isWritten: false });
  expect((await base.list(eventKind)).items).toMatchObject([
    { type: 'Warning', reason: 'Invalid', message: 'Function "old" is invalid: hostNetwork' },
  ]);
});
