import type { KubeObject } from '@openfunction/resources';
import { ApiError } from './api-error.ts';
import type { ApiKind } from './api-kind.ts';
import { readJsonPath } from './json-path.ts';

type Requirement = { key: string; operator: 'in' | 'notin'; values: string[] } | { key: string; operator: 'exists' | 'missing' };

export interface Selector {
  /** The equality requirements, which a Store can evaluate. */
  labels: Record<string, string>;
  /** Everything, fields included. */
  matches(object: KubeObject): boolean;
  readonly isEmpty: boolean;
}

const namedFields: readonly string[] = ['metadata.name', 'metadata.namespace'];

/** From the query parameters `labelSelector` and `fieldSelector`, of which the kind says what it may select by. */
export function selectorOf(kind: ApiKind, query: URLSearchParams): Selector {
  const known = [...namedFields, ...(kind.selectableFields ?? []).map((path) => path.replace(/^\./, ''))];
  const fieldText = query.get('fieldSelector') ?? '';
  const unknown = splitTopLevel(fieldText)
    .map((part) => fieldRequirement(part).key)
    .find((key) => !known.includes(key));
  if (unknown === undefined) return parseSelector(query.get('labelSelector') ?? '', fieldText);
  const listed = known.map((field) => `"${field}"`).join(', ');
  const core = `"${unknown}" is not a known field selector: only ${listed}`;
  throw new ApiError('BadRequest', kind.group === '' ? core : `field label not supported: ${unknown}`);
}

function parseSelector(labelText: string, fieldText: string): Selector {
  const labels = splitTopLevel(labelText).map(labelRequirement);
  const fields = splitTopLevel(fieldText).map(fieldRequirement);
  const equal = labels.flatMap((one) =>
    one.operator === 'in' && one.values.length === 1 ? [[one.key, one.values[0] ?? ''] as const] : [],
  );
  return {
    labels: Object.fromEntries(equal),
    matches: (object) =>
      labels.every((one) => holds(one, object.metadata.labels?.[one.key])) && fields.every((one) => holds(one, fieldOf(object, one.key))),
    isEmpty: labels.length + fields.length === 0,
  };
}

function fieldOf(object: KubeObject, path: string): string {
  const value = readJsonPath(object, path);
  return typeof value === 'string' ? value : value === undefined || value === null ? '' : JSON.stringify(value);
}

function holds(requirement: Requirement, value: string | undefined): boolean {
  switch (requirement.operator) {
    case 'exists':
      return value !== undefined;
    case 'missing':
      return value === undefined;
    case 'in':
      return value !== undefined && requirement.values.includes(value);
    case 'notin':
      return value === undefined || !requirement.values.includes(value);
  }
}

/** Commas in parentheses belong to a set. */
function splitTopLevel(text: string): string[] {
  return text
    .split(/,(?![^()]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function labelRequirement(text: string): Requirement {
  const set = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(text);
  if (set !== null) {
    const values = (set[3] ?? '').split(',').map((value) => value.trim());
    return { key: set[1] ?? '', operator: set[2] === 'in' ? 'in' : 'notin', values };
  }
  if (/^!\s*[^=!\s]+$/.test(text)) return { key: text.slice(1).trim(), operator: 'missing' };
  if (/^[^=!\s]+$/.test(text)) return { key: text, operator: 'exists' };
  return comparison(text);
}

function fieldRequirement(text: string): Requirement {
  return comparison(text);
}

function comparison(text: string): Requirement {
  const match = /^([^=!\s]+)\s*(==|=|!=)\s*([^=!]*)$/.exec(text);
  if (match === null)
    throw new ApiError('BadRequest', `The selector "${text}" cannot be read. Write key=value, key!=value or key in (a,b).`);
  return { key: match[1] ?? '', operator: match[2] === '!=' ? 'notin' : 'in', values: [match[3] ?? ''] };
}
