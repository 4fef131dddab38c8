import { expect, it } from 'vitest';
import { realClock, steadyClock } from './clock.ts';

it.each([
  ['the real clock', realClock],
  ['the steady clock', steadyClock],
])('%s does at once what was due a moment ago, without a warning', async (_name, clock) => {
  const warnings: Error[] = [];
  const hear = (warning: Error): void => void warnings.push(warning);
  process.on('warning', hear);
  await new Promise<void>((resolve) => void clock.setTimeout(resolve, -0.000_5));
  // Node tells of warnings in a later turn.
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', hear);
  expect(warnings).toEqual([]);
});
