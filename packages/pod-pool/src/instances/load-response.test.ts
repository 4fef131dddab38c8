import { expect, it } from 'vitest';
import { loadResponseOf } from './load-response.ts';

const nothing = { loaded: false, code: '', message: '', detail: '', compileMs: 0, runMs: 0, cacheAccepted: false };

it('keeps what an instance says, and has something for each field that it leaves out', () => {
  const refused = { loaded: false, code: 'TargetNotFound', message: 'The code has no function "a".' };
  expect(loadResponseOf(refused)).toEqual({ ...nothing, ...refused });
  expect(loadResponseOf({ code: 'Refused', message: 'There is one load.' })).toMatchObject({ loaded: false, code: 'Refused' });
  expect(loadResponseOf({ loaded: true, compileMs: 1, runMs: 2, cacheAccepted: true })).toEqual({
    ...nothing,
    loaded: true,
    compileMs: 1,
    runMs: 2,
    cacheAccepted: true,
  });
});

it.each([{ loaded: 'yes', code: 7, message: [], detail: {}, compileMs: '1' }, [], { code: null }])('takes nothing else of %j', (answer) => {
  expect(loadResponseOf(answer)).toEqual(nothing);
});
