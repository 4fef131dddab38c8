import { forbidden, type FieldCause } from '../field-cause.ts';
import type { RouteFilter } from '../schema/route.ts';

type HeaderChanges = NonNullable<RouteFilter['requestHeaderModifier']>;

const framing = [
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'forwarded',
  'x-real-ip',
];
const platform = ['host', 'x-request-id', 'traceparent'];
const prefixes = ['x-forwarded-', 'openfunction-', 'dapr-', 'proxy-', 'sec-websocket-'];

/** Headers that frame a message or that only the platform may set are nobody's to change. */
export function isChangeable(name: string): boolean {
  const lower = name.toLowerCase();
  return !framing.includes(lower) && !platform.includes(lower) && !prefixes.some((prefix) => lower.startsWith(prefix));
}

/** What a header modifier may not do. */
export function checkHeaderChanges(changes: HeaderChanges | undefined, at: string): FieldCause[] {
  const { set = [], add = [], remove = [] } = changes ?? {};
  const named = [
    ...set.map(({ name }, index) => ({ name, field: `${at}.set[${index}].name` })),
    ...add.map(({ name }, index) => ({ name, field: `${at}.add[${index}].name` })),
    ...remove.map((name, index) => ({ name, field: `${at}.remove[${index}]` })),
  ];
  return named
    .filter(({ name }) => !isChangeable(name))
    .map(({ name, field }) => forbidden(field, `${name} frames the message or is set by the platform; for Host use URLRewrite`));
}
