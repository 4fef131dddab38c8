import type { FunctionStatus, OFunction } from '@openfunction/resources/nouns';
import { expect, it } from 'vitest';
import { notCallable } from './not-callable.ts';

const dapr = [{ name: 'orders', topic: 'made' }];

function fn(triggers: object, status?: FunctionStatus): OFunction {
  return {
    apiVersion: 'core.openfunction.io/v1beta2',
    kind: 'Function',
    metadata: { name: 'f' },
    spec: { image: 'i', serving: { triggers } },
    ...(status === undefined ? {} : { status }),
  };
}

it('tells who calls a function of messages alone how to reach it', () => {
  const { message, hint } = notCallable(fn({ dapr }));
  expect(message).toBe('"f" cannot be called: it has only dapr triggers, so messages alone reach it.');
  expect(hint).toMatch(/^Publish to .*triggers\.http\.$/);
});

it('says what is in the way of a function that will have an address', () => {
  const ready = { type: 'Ready', status: 'False' as const, reason: 'R', message: 'it threw.', lastTransitionTime: '' };
  expect(notCallable(fn({ http: {}, dapr }, { conditions: [ready] })).message).toBe('"f" cannot be called yet: it threw.');
  expect(notCallable(fn({})).message).toContain('no version of it is ready');
});
