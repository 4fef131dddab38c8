import { expect, it } from 'vitest';
import { targetsOf } from './targets.ts';

function read(...words: string[]): string[] {
  return targetsOf(words).map(({ kind, names }) => `${kind.plural}: ${names.join(' ')}`);
}

it('reads kinds and names as kubectl does', () => {
  expect(read()).toEqual(['functions: ']);
  expect(read('fn')).toEqual(['functions: ']);
  expect(read('fn', 'a', 'b', 'a')).toEqual(['functions: a b']);
  expect(read('fn,builders,fn')).toEqual(['functions: ', 'builders: ']);
  expect(read('fn/a', 'builder/b', 'function/c')).toEqual(['functions: a c', 'builders: b']);
});

it('says how a function is named, when a name stands where a kind does', () => {
  expect(() => read('orders')).toThrow('There is no kind "orders" here. There are: functions');
  expect(() => read('orders')).toThrow('ofn get fn orders');
  expect(() => read('fn,builders', 'a')).toThrow('KIND/NAME');
  for (const bad of ['fn/', '/a', 'fn/a/b']) expect(() => read(bad)).toThrow('is not KIND/NAME');
});
