import { eventKind } from '@openfunction/resources';
import { memoryStore } from '@openfunction/store';
import { expect, it, vi } from 'vitest';
import { functionOf } from '../testing/platform.ts';
import { recordEvent } from './recorder.ts';

it('writes an Event that is new without reading, and counts one that is there', async () => {
  const store = memoryStore();
  const get = vi.spyOn(store, 'get');
  const fn = functionOf('hello');
  const about = { ...fn, metadata: { ...fn.metadata, uid: '12345678-1' } };
  const record = (message: string): Promise<void> => recordEvent(store, about, { type: 'Normal', reason: 'Starting', message }, 0);
  await record('first');
  expect(get).not.toHaveBeenCalled();
  await record('second');
  expect((await store.list(eventKind)).items).toMatchObject([{ reason: 'Starting', message: 'second', count: 2 }]);
});
