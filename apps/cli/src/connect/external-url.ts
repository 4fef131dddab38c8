import type { OFunction } from '@openfunction/resources/nouns';

/** Where a function is called from outside, as its status says it; undefined while it has no such address. */
export function externalUrl(fn: OFunction): URL | undefined {
  const { value } = fn.status?.addresses?.find(({ type }) => type === 'External') ?? {};
  return value !== undefined && URL.canParse(value) ? new URL(value) : undefined;
}
