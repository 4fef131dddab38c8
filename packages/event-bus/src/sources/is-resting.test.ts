import { expect, it } from 'vitest';
import { isResting as decide, type RestInput } from './is-resting.ts';

const isResting = (given: Partial<RestInput>): boolean => decide({ triggers: 1, ready: 0, metrics: [idle], isUnseen: false, ...given });
const idle = { isActive: false, failures: 0 };

it('rests while nothing runs and no trigger counts what waits as work', () => {
  expect(isResting({ triggers: 2, ready: 0, metrics: [idle, idle] })).toBe(true);
  expect(isResting({ triggers: 2, ready: 0, metrics: [idle, { ...idle, isActive: true }] })).toBe(false);
  expect(isResting({ triggers: 2, ready: 1, metrics: [idle, idle] })).toBe(false);
});

it('keeps nothing away by what it does not know', () => {
  expect(isResting({ triggers: 1, ready: undefined, metrics: [idle] })).toBe(false);
  expect(isResting({ triggers: 2, ready: 0, metrics: [idle] })).toBe(false);
  expect(isResting({ triggers: 1, ready: 0, metrics: [{ ...idle, failures: 1 }] })).toBe(false);
});

it('never keeps away what no trigger was named for', () => {
  expect(isResting({ triggers: 0, ready: 0, metrics: [] })).toBe(false);
});

it('keeps no message away that no trigger counts', () => {
  expect(isResting({})).toBe(true);
  expect(isResting({ isUnseen: true })).toBe(false);
});
