import { StoreError } from '@openfunction/store';
import { expect, it, vi } from 'vitest';
import type { ApiRequest, KubeApi } from './api.ts';
import type { Pod } from './instance-of-pod.ts';
import { manualClock } from './manual-clock.ts';
import { sealingKeys } from './sealing-keys.ts';

const pod: Pod = { apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'n', name: 'p', uid: 'u' }, spec: {} };
const key = 'k'.repeat(43);

function reading(lines: (request: ApiRequest) => AsyncIterable<string>) {
  const clock = manualClock();
  const asked: ApiRequest[] = [];
  const api: KubeApi = {
    json: () => Promise.reject(new Error('not asked for')),
    lines: (request) => (asked.push(request), lines(request)),
    close: async () => undefined,
  };
  const keys = sealingKeys({ api, clock, signal: new AbortController().signal });
  return { clock, asked, keys };
}

it('has the key as soon as the runner has written it, however long that takes, and asks once', async () => {
  const written = Promise.withResolvers<void>();
  const { keys, asked, clock } = reading(async function* log() {
    await written.promise;
    yield `{"sealingKey":"${key}"}`;
  });
  const found = vi.fn<() => void>();
  keys.fetch(pod, found);
  await clock.advance(10_000);
  keys.fetch(pod, found);
  expect(keys.get('u')).toBeUndefined();
  written.resolve();
  await clock.advance(0);
  expect([keys.get('u'), found.mock.calls.length, asked.map(({ query }) => query?.['follow'])]).toEqual([key, 1, ['true']]);
});

it('asks again while the log cannot be had, and not for a pod that is gone', async () => {
  let isAway = true;
  const { keys, asked, clock } = reading(async function* log() {
    if (isAway) throw new StoreError('Unavailable', 'away');
    yield `{"sealingKey":"${key}"}`;
  });
  keys.fetch(pod, () => undefined);
  keys.fetch({ ...pod, metadata: { ...pod.metadata, uid: 'gone' } }, () => undefined);
  keys.forget('gone');
  await clock.advance(5_000);
  isAway = false;
  await clock.advance(10_000);
  expect([keys.get('u'), keys.get('gone')]).toEqual([key, undefined]);
  const before = asked.length;
  await clock.advance(60_000);
  expect(asked.length).toBe(before);
});
