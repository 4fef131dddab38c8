import { expect, test } from 'vitest';
import { strategicMerge } from './strategic-merge.ts';

const service = { spec: { type: 'ClusterIP', ports: [{ port: 80, name: 'http' }, { port: 443 }] }, metadata: { finalizers: ['a', 'b'] } };

test('merges maps, and deletes with null', () => {
  expect(strategicMerge({ data: { a: '1', b: '2' } }, { data: { a: null, c: '3' } })).toEqual({ data: { b: '2', c: '3' } });
});

test('merges ports by their number, and deletes one by name of its directive', () => {
  const patch = { spec: { ports: [{ port: 80, targetPort: 8080 }, { port: 443, $patch: 'delete' }, { port: 90 }] } };
  expect(strategicMerge(service, patch)).toMatchObject({
    spec: { type: 'ClusterIP', ports: [{ port: 80, name: 'http', targetPort: 8080 }, { port: 90 }] },
  });
});

test('orders elements as it is told', () => {
  const patch = {
    spec: { $setElementOrder: [], '$setElementOrder/ports': [{ port: 443 }, { port: 80 }], ports: [{ port: 80, name: 'x' }] },
  };
  expect(strategicMerge(service, patch)).toMatchObject({ spec: { ports: [{ port: 443 }, { port: 80, name: 'x' }] } });
});

test('replaces where it is told to, and keeps only the keys that it is told to keep', () => {
  expect(strategicMerge(service, { spec: { $patch: 'replace', type: 'ExternalName' } })).toMatchObject({ spec: { type: 'ExternalName' } });
  expect(strategicMerge(service, { spec: { $retainKeys: ['type'], type: 'NodePort' } })).toMatchObject({ spec: { type: 'NodePort' } });
  expect(strategicMerge(service, { spec: { ports: [{ $patch: 'replace' }, { port: 1 }] } })).toMatchObject({
    spec: { ports: [{ port: 1 }] },
  });
});

test('adds to lists of values, and deletes from them', () => {
  const patch = { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'], finalizers: ['c'] } };
  expect(strategicMerge(service, patch)).toMatchObject({ metadata: { finalizers: ['c', 'b'] } });
});

test('refuses an element that names nothing, and does not reach the prototype', () => {
  expect(() => strategicMerge(service, { spec: { ports: [{ name: 'x' }] } })).toThrow('without its "port"');
  expect(Object.keys(strategicMerge({}, JSON.parse('{"__proto__":{"a":1}}')) as object)).toEqual([]);
});
