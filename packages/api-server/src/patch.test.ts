import { expect, test } from 'vitest';
import { jsonPatch, mergePatch } from './patch.ts';

test('merges objects, replaces lists and deletes with null', () => {
  expect(mergePatch({ a: { b: 1, c: 2 }, list: [1] }, { a: { b: null }, list: [2] })).toEqual({ a: { c: 2 }, list: [2] });
});

test('does not reach the prototype', () => {
  const patch: unknown = JSON.parse('{"__proto__":{"polluted":true}}');
  expect(Object.keys(mergePatch({}, patch) as object)).toEqual([]);
  expect(() => jsonPatch({}, [{ op: 'add', path: '/__proto__/polluted', value: true }])).toThrow('cannot be applied');
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
});

test('moves, copies and removes', () => {
  const operations = [
    { op: 'move', from: '/a', path: '/b' },
    { op: 'copy', from: '/b', path: '/c' },
    { op: 'remove', path: '/list/0' },
  ];
  expect(jsonPatch({ a: 1, list: [1, 2] }, operations)).toEqual({ b: 1, c: 1, list: [2] });
});

test('leaves the original alone when an operation fails', () => {
  const original = { a: 1 };
  expect(() =>
    jsonPatch(original, [
      { op: 'replace', path: '/a', value: 2 },
      { op: 'remove', path: '/none' },
    ]),
  ).toThrow('nothing at this path');
  expect(original).toEqual({ a: 1 });
});

test('refuses copies of copies before they fill the memory', () => {
  const patch = Array.from({ length: 20 }, (_, round) => [
    { op: 'copy', from: '/a', path: `/b/${round}` },
    { op: 'copy', from: '/b', path: '/a' },
  ]).flat();
  expect(() => jsonPatch({ a: { text: 'x'.repeat(100) }, b: {} }, patch)).toThrow('copies more than 3 MB');
});
