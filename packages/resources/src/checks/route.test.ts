import { expect, it } from 'vitest';
import type { RouteFilter, RouteRule } from '../schema/route.ts';
import { checkRoute } from './route.ts';

const causesOf = (...rules: RouteRule[]): string[][] => checkRoute({ rules }, 'route').map(({ field, reason }) => [field, reason]);
const filtered = (filters: RouteFilter[], more: Partial<RouteRule> = {}): string[][] => causesOf({ filters, ...more });
const path = (type: 'Exact' | 'PathPrefix' | 'RegularExpression', value: string): RouteRule => ({ matches: [{ path: { type, value } }] });
const redirect: RouteFilter = { type: 'RequestRedirect', requestRedirect: { scheme: 'https' } };
const mirror: RouteFilter = { type: 'RequestMirror', requestMirror: { backendRef: { name: 'other' } } };
const rewrite = (replacePrefixMatch: string): RouteFilter => ({
  type: 'URLRewrite',
  urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch } },
});

it('accepts what the Gateway API accepts', () => {
  const headers: RouteFilter = { type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'X-A', value: '1' }] } };
  expect(filtered([headers, rewrite('/v2'), mirror, mirror], { timeouts: { request: '10s', backendRequest: '5s' } })).toEqual([]);
  expect(causesOf(path('RegularExpression', '/v[0-9]+/.*'), { ...path('Exact', '/a'), filters: [redirect] })).toEqual([]);
});

it.each(['/(', '/(?=a)', '/(a)\\1', '/a{1001}'])('refuses the pattern %s, which is none of RE2', (value) => {
  expect(causesOf(path('RegularExpression', value))).toEqual([['route.rules[0].matches[0].path.value', 'FieldValueInvalid']]);
});

it('bounds what all patterns of a function cost together', () => {
  const large = path('RegularExpression', '/(abcdefgh){90}');
  expect(causesOf(large)).toEqual([]);
  expect(causesOf(large, large)).toEqual([['route.rules[1].matches[0].path.value', 'FieldValueInvalid']]);
});

it('looks at patterns of headers and parameters too', () => {
  const match = { type: 'RegularExpression' as const, name: 'a', value: '(' };
  expect(causesOf({ matches: [{ headers: [match], queryParams: [match] }] }).map(([field]) => field)).toEqual([
    'route.rules[0].matches[0].headers[0].value',
    'route.rules[0].matches[0].queryParams[0].value',
  ]);
});

it('refuses a filter whose field is another type’s, or missing', () => {
  expect(filtered([{ ...redirect, type: 'URLRewrite' }])).toEqual([
    ['route.rules[0].filters[0].urlRewrite', 'FieldValueRequired'],
    ['route.rules[0].filters[0].requestRedirect', 'FieldValueForbidden'],
  ]);
});

it('refuses filters that exclude each other, and a second one of a type', () => {
  expect(filtered([redirect, rewrite('/v2')])).toEqual([['route.rules[0].filters[1]', 'FieldValueForbidden']]);
  expect(filtered([redirect, mirror])).toEqual([['route.rules[0].filters[1]', 'FieldValueForbidden']]);
  expect(filtered([redirect, redirect])).toEqual([['route.rules[0].filters[1]', 'FieldValueDuplicate']]);
});

it('refuses to replace a prefix where none matched', () => {
  const field = ['route.rules[0].filters[0].urlRewrite.path.type', 'FieldValueInvalid'];
  expect(filtered([rewrite('/v2')], path('Exact', '/a'))).toEqual([field]);
  expect(filtered([rewrite('/v2')], path('PathPrefix', '/a'))).toEqual([]);
});

it('refuses a path that a request line cannot have', () => {
  expect(filtered([rewrite('/a/../b')])).toEqual([['route.rules[0].filters[0].urlRewrite.path', 'FieldValueInvalid']]);
});

it.each(['Host', 'content-length', 'Transfer-Encoding', 'X-Forwarded-For', 'OpenFunction-Ending', 'traceparent'])(
  'lets no filter change the header %s',
  (name) => {
    const changes = { set: [{ name, value: '1' }], remove: [name] };
    expect(filtered([{ type: 'ResponseHeaderModifier', responseHeaderModifier: changes }])).toEqual([
      ['route.rules[0].filters[0].responseHeaderModifier.set[0].name', 'FieldValueForbidden'],
      ['route.rules[0].filters[0].responseHeaderModifier.remove[0]', 'FieldValueForbidden'],
    ]);
  },
);

it('refuses shares and times that contradict each other', () => {
  const backendRef = { name: 'other' };
  const half: RouteFilter = { type: 'RequestMirror', requestMirror: { backendRef, percent: 50, fraction: { numerator: 1 } } };
  const more: RouteFilter = { type: 'RequestMirror', requestMirror: { backendRef, fraction: { numerator: 101 } } };
  expect(filtered([half, more])).toEqual([
    ['route.rules[0].filters[0].requestMirror.fraction', 'FieldValueForbidden'],
    ['route.rules[0].filters[1].requestMirror.fraction.numerator', 'FieldValueInvalid'],
  ]);
  expect(causesOf({ timeouts: { request: '1s', backendRequest: '2s' } })).toEqual([
    ['route.rules[0].timeouts.backendRequest', 'FieldValueInvalid'],
  ]);
});
