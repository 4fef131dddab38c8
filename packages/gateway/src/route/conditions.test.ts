import { expect, it } from 'vitest';
import { headerValue, holdsFor, type Conditions } from './conditions.ts';
import { patternTest, readyForPatterns } from './patterns.ts';
import type { Route } from './route.ts';

const regexRoute: Route = {
  id: 'a/b',
  serving: '',
  unavailable: '',
  entries: [{ host: 'h', path: { type: 'pattern', value: '/' }, internal: false, stripPrefix: '' }],
};
const request = (forwarded = '', query = '', method = 'GET'): Parameters<NonNullable<ReturnType<typeof holdsFor>>>[0] => ({
  forwarded,
  query,
  method,
});
const given = (conditions: Partial<Conditions>): NonNullable<ReturnType<typeof holdsFor>> =>
  holdsFor({ method: '', headers: [], queryParams: [], ...conditions })!;

it('asks for nothing where nothing is asked', () => {
  expect(holdsFor(undefined)).toBeUndefined();
  expect(holdsFor({ method: '', headers: [], queryParams: [] })).toBeUndefined();
});

it('takes several headers of a name as one value', () => {
  expect(headerValue('X-Tier: a\r\nOther: x\r\nx-tier:  b \r\n', 'x-tier')).toBe('a,b');
  const holds = given({ headers: [{ name: 'x-tier', value: 'a', isPattern: false }] });
  expect(holds(request('X-Tier: a\r\n'))).toBe(true);
  expect(holds(request('X-Tier: a\r\nX-Tier: b\r\n'))).toBe(false);
  expect(holds(request('X-Tier2: a\r\n'))).toBe(false);
});

it('wants every parameter of a name to have the value', () => {
  const holds = given({ queryParams: [{ name: 'v', value: 'a b', isPattern: false }] });
  expect(holds(request('', '?v=a%20b'))).toBe(true);
  expect(holds(request('', '?v=a+b&v=c'))).toBe(false);
  expect(holds(request('', '?w=a'))).toBe(false);
});

it('compares the method', () => {
  expect(given({ method: 'POST' })(request())).toBe(false);
  expect(given({ method: 'POST' })(request('', '', 'POST'))).toBe(true);
});

it('matches whole texts by patterns, in a time that no text can stretch', async () => {
  expect(patternTest('a')('a')).toBe(false);
  await readyForPatterns(regexRoute);
  expect(patternTest('/v[0-9]+/.*')('/v12/x')).toBe(true);
  expect(patternTest('/v[0-9]+')('/v12/x')).toBe(false);
  expect(patternTest('(')('(')).toBe(false);
  // Hours for an engine that goes back.
  expect(patternTest('(a+)+$')(`${'a'.repeat(2000)}!`)).toBe(false);
  expect(patternTest('a*')('a'.repeat(2049))).toBe(false);
});
