import { expect, test } from 'vitest';
import { prunedObject } from './prune.ts';

const schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        image: { type: 'string' },
        list: { type: 'array', items: { type: 'object', properties: { name: { type: 'string' } } } },
        map: { type: 'object', additionalProperties: { type: 'object', properties: { kept: {} } } },
        open: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: { inner: { type: 'object', properties: {} } } },
      },
    },
  },
};

test('keeps what the schema knows, at any depth, and metadata whole', () => {
  const spec = {
    image: 'a',
    runtime: 'knative',
    list: [{ name: 'a', other: 1 }],
    map: { any: { kept: 1, lost: 2 } },
    open: { anything: { goes: true }, inner: { lost: 1 } },
  };
  expect(prunedObject({ apiVersion: 'v1', kind: 'X', metadata: { name: 'a', labels: { b: 'c' } }, spec, extra: 1 }, schema)).toEqual({
    apiVersion: 'v1',
    kind: 'X',
    metadata: { name: 'a', labels: { b: 'c' } },
    spec: { image: 'a', list: [{ name: 'a' }], map: { any: { kept: 1 } }, open: { anything: { goes: true }, inner: {} } },
  });
});
