import { expect, it } from 'vitest';
import { watchBeat } from './watch-beat.ts';

function watched(): { at: (ms: number) => boolean; hear: (ms: number) => void } {
  let now = 0;
  const one = watchBeat({ now: () => now, silentMs: 5000, checkMs: 1000 });
  return {
    at: (ms) => {
      let isSilent = false;
      for (; now < ms; isSilent = one.isSilent()) now = Math.min(ms, now + 1000);
      return isSilent;
    },
    hear: (ms) => {
      now = ms;
      one.heard();
    },
  };
}

it('expects nothing before it heard something', () => {
  expect(watched().at(60_000)).toBe(false);
});

it('tells of silence once it has lasted', () => {
  const one = watched();
  one.hear(1000);
  expect(one.at(5000)).toBe(false);
  expect(one.at(6000)).toBe(true);
});

it('holds against nobody the time in which it could not look itself', () => {
  let now = 0;
  const one = watchBeat({ now: () => now, silentMs: 5000, checkMs: 1000 });
  one.heard();
  now = 60_000;
  expect(one.isSilent()).toBe(false);
  for (now = 61_000; now < 65_000; now += 1000) expect(one.isSilent()).toBe(false);
  now = 65_000;
  expect(one.isSilent()).toBe(true);
});
