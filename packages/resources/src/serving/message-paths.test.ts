import fc from 'fast-check';
import { expect, it } from 'vitest';
import { messagePath, messagePaths } from './message-paths.ts';

it('names a source by characters that everybody on the way reads alike', () => {
  expect(messagePath({ component: 'cars' })).toBe('/cars');
  expect(messagePath({ component: 'cars', topic: 'fleet/+/speed' })).toBe('/cars/fleet~2F~2B~2Fspeed');
  expect(messagePath({ component: 'cars', topic: 'orders.made~v2' })).toBe('/cars/orders~2Emade~7Ev2');
  expect(messagePath({ component: 'cars', topic: '..' })).toBe('/cars/~2E~2E');
});

it('has one path for each topic, with neither an escape nor a segment of dots', () => {
  const topic = fc.string({ minLength: 1, unit: 'grapheme' });
  fc.assert(
    fc.property(topic, topic, (left, right) => {
      const [a, b] = [left, right].map((each) => messagePath({ component: 'c', topic: each }));
      expect(a === b).toBe(left.toWellFormed() === right.toWellFormed());
      expect(a).toMatch(/^\/c\/[\w~-]+$/);
    }),
  );
});

it('finds the path of each source of a function, and none of what it does not declare', () => {
  const spec = {
    bindings: { tick: { type: 'bindings.cron' } },
    pubsub: { cars: { type: 'pubsub.mqtt3' } },
    triggers: {
      dapr: [{ name: 'tick' }, { name: 'cars', topic: 'a/b' }, { name: 'cars', topic: 'a/b' }, { name: 'cars' }, { name: 'gone' }],
    },
  };
  expect(messagePaths(spec)).toEqual(['/tick', '/cars/a~2Fb']);
});
