import { durationMs } from '../duration.ts';
import { forbidden, invalid, type FieldCause } from '../field-cause.ts';
import type { RouteFilter, RouteRule, RouteRuleMatch, RouteSpec } from '../schema/route.ts';
import { checkHeaderChanges } from './header-changes.ts';
import { patternSize } from './pattern.ts';

const fields = {
  RequestHeaderModifier: 'requestHeaderModifier',
  ResponseHeaderModifier: 'responseHeaderModifier',
  RequestRedirect: 'requestRedirect',
  URLRewrite: 'urlRewrite',
  RequestMirror: 'requestMirror',
} as const;

/** What all regular expressions of a function may come to, in instructions of their compiled form. */
const longestPatterns = 1024;

/** A path that means the same to every part that reads it. */
function isPlainPath(path: string): boolean {
  const segments = path.split('/');
  return /^\/[A-Za-z0-9/._~!$&'()*+,;=:@-]*$/.test(path) && !path.includes('//') && !segments.some((each) => each === '.' || each === '..');
}

const notPlain = 'is no plain path: no //, no . or .. segment, nothing percent-encoded, no ? and no #';

function checkPath({ path = {} }: RouteRuleMatch, at: string): FieldCause[] {
  const { type, value = '/' } = path;
  return type === 'RegularExpression' || isPlainPath(value) ? [] : [invalid(`${at}.path.value`, notPlain)];
}

function patternsOf({ path, headers = [], queryParams = [] }: RouteRuleMatch, at: string): { at: string; pattern: string }[] {
  const named = { path: path === undefined ? [] : [path], headers, queryParams };
  return Object.entries(named).flatMap(([field, list]) =>
    list.flatMap(({ type, value }, index) =>
      type === 'RegularExpression' && value !== undefined
        ? [{ at: `${at}.${field}${field === 'path' ? '' : `[${index}]`}.value`, pattern: value }]
        : [],
    ),
  );
}

function checkPatterns(patterns: readonly { at: string; pattern: string }[]): FieldCause[] {
  let left = longestPatterns;
  return patterns.flatMap(({ at, pattern }) => {
    const size = patternSize(pattern);
    if (size === undefined) return [invalid(at, 'is no regular expression of RE2, which knows no look-around and no back references')];
    left -= size;
    return left < 0 ? [invalid(at, 'makes the regular expressions of this function too large; repeat less, or use fewer')] : [];
  });
}

function checkFilter(filter: RouteFilter, rule: RouteRule, at: string): FieldCause[] {
  const own = fields[filter.type];
  const foreign = Object.values(fields).filter((field) => field !== own && filter[field] !== undefined);
  const missing = filter[own] === undefined;
  return [
    ...(missing
      ? [{ field: `${at}.${own}`, reason: 'FieldValueRequired' as const, message: `is missing beside the type ${filter.type}; set it` }]
      : []),
    ...foreign.map((field) => forbidden(`${at}.${field}`, `does not go with the type ${filter.type}; remove it`)),
    ...checkPathModifier(filter.requestRedirect?.path, rule, `${at}.requestRedirect.path`),
    ...checkPathModifier(filter.urlRewrite?.path, rule, `${at}.urlRewrite.path`),
    ...checkHeaderChanges(filter.requestHeaderModifier, `${at}.requestHeaderModifier`),
    ...checkHeaderChanges(filter.responseHeaderModifier, `${at}.responseHeaderModifier`),
    ...checkShare(filter, at),
  ];
}

type PathModifier = NonNullable<RouteFilter['urlRewrite']>['path'];

function checkPathModifier(path: PathModifier, { matches = [] }: RouteRule, at: string): FieldCause[] {
  if (path === undefined) return [];
  const { type, replaceFullPath, replacePrefixMatch } = path;
  const own = type === 'ReplaceFullPath' ? 'replaceFullPath' : 'replacePrefixMatch';
  const foreign = type === 'ReplaceFullPath' ? 'replacePrefixMatch' : 'replaceFullPath';
  const value = path[own];
  const isPrefix = matches.every((match) => (match.path?.type ?? 'PathPrefix') === 'PathPrefix');
  return [
    ...(value === undefined
      ? [{ field: `${at}.${own}`, reason: 'FieldValueRequired' as const, message: `is missing beside the type ${type}; set it` }]
      : []),
    ...(path[foreign] === undefined ? [] : [forbidden(`${at}.${foreign}`, `does not go with the type ${type}; remove it`)]),
    ...[replaceFullPath, replacePrefixMatch].flatMap((each) => (each && !isPlainPath(each) ? [invalid(at, notPlain)] : [])),
    ...(type === 'ReplacePrefixMatch' && !isPrefix
      ? [invalid(`${at}.type`, 'replaces a prefix, and not every match of the rule has one; use PathPrefix in each, or ReplaceFullPath')]
      : []),
  ];
}

function checkShare({ requestMirror }: RouteFilter, at: string): FieldCause[] {
  const { percent, fraction } = requestMirror ?? {};
  if (percent !== undefined && fraction !== undefined)
    return [forbidden(`${at}.requestMirror.fraction`, 'does not go with percent; remove one of them')];
  if (fraction !== undefined && fraction.numerator > (fraction.denominator ?? 100))
    return [invalid(`${at}.requestMirror.fraction.numerator`, 'is above the denominator; lower it')];
  return [];
}

/** Filters that exclude each other, or themselves. */
function checkTogether(filters: readonly RouteFilter[], at: string): FieldCause[] {
  const hasRedirect = filters.some(({ type }) => type === 'RequestRedirect');
  return filters.flatMap(({ type }, index) => {
    const isRepeated = type !== 'RequestMirror' && filters.findIndex((other) => other.type === type) !== index;
    if (isRepeated)
      return [
        {
          field: `${at}[${index}]`,
          reason: 'FieldValueDuplicate' as const,
          message: `has the type of an earlier one, ${type}; make them one`,
        },
      ];
    if (hasRedirect && (type === 'URLRewrite' || type === 'RequestMirror'))
      return [forbidden(`${at}[${index}]`, `has no effect beside RequestRedirect, which no function gets to see; remove one of them`)];
    return [];
  });
}

function checkTimeouts({ timeouts }: RouteRule, at: string): FieldCause[] {
  const request = durationMs(timeouts?.request ?? '0') ?? 0;
  const backend = durationMs(timeouts?.backendRequest ?? '0') ?? 0;
  return request > 0 && backend > request ? [invalid(`${at}.timeouts.backendRequest`, 'is above timeouts.request; lower it')] : [];
}

function checkRule(rule: RouteRule, at: string): FieldCause[] {
  const { matches = [], filters = [] } = rule;
  return [
    ...matches.flatMap((match, index) => checkPath(match, `${at}.matches[${index}]`)),
    ...filters.flatMap((filter, index) => checkFilter(filter, rule, `${at}.filters[${index}]`)),
    ...checkTogether(filters, `${at}.filters`),
    ...checkTimeouts(rule, at),
  ];
}

/** What is wrong with the rules of a route, beyond what its schema says. */
export function checkRoute({ rules = [] }: RouteSpec, path: string): FieldCause[] {
  const patterns = rules.flatMap(({ matches = [] }, rule) =>
    matches.flatMap((match, index) => patternsOf(match, `${path}.rules[${rule}].matches[${index}]`)),
  );
  return [...rules.flatMap((rule, index) => checkRule(rule, `${path}.rules[${index}]`)), ...checkPatterns(patterns)];
}
