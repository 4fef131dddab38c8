import { isMap, type JsonMap } from './json.ts';
import { sameJson } from '../same-json.ts';

/** What one version says at a place where the other, converted back, would say `from`. Absent: there is nothing. */
export interface Difference {
  path: (string | number)[];
  from?: unknown;
  to?: unknown;
}

const deepest = 24;
const longest = 256 * 1024;

function differenceOf(path: Difference['path'], from: unknown, to: unknown): Difference {
  return { path, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

/** Everything by which `to` differs from `from`. */
export function differences(from: unknown, to: unknown, path: Difference['path'] = []): Difference[] {
  if (sameJson(from, to)) return [];
  if (path.length < deepest && Array.isArray(from) && Array.isArray(to) && from.length === to.length)
    return from.flatMap((item, index) => differences(item, to[index], [...path, index]));
  if (path.length < deepest && isMap(from) && isMap(to)) {
    const names = [...new Set([...Object.keys(from), ...Object.keys(to)])];
    return names.flatMap((name) => differences(own(from, name), own(to, name), [...path, name]));
  }
  return [differenceOf(path, from, to)];
}

function own(value: JsonMap | unknown[], name: string | number): unknown {
  return Object.hasOwn(value, name) ? (value as JsonMap)[name] : undefined;
}

function replaced(value: JsonMap | unknown[], name: string | number, next: unknown): unknown {
  if (Array.isArray(value)) return value.map((item, index) => (index === name ? next : item));
  const { [name]: _old, ...rest } = value;
  return next === undefined ? rest : { ...rest, [name]: next };
}

/** The value with one difference, if it still says there what it said when the difference was made. */
function withDifference(value: unknown, { path, from, to }: Difference): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return sameJson(value, from) ? to : value;
  if (!isMap(value) && !Array.isArray(value)) return value;
  const child = own(value, head);
  if (Array.isArray(value) && (child === undefined || (rest.length === 0 && to === undefined))) return value;
  // What lies deeper has no place when its parent is gone.
  if (rest.length > 0 && child === undefined) return value;
  const next = withDifference(child, { path: rest, from, to });
  return next === child ? value : replaced(value, head, next);
}

/** The value with all of the differences whose place has not changed since they were made. */
export function withDifferences(value: unknown, all: readonly Difference[]): unknown {
  return all.reduce(withDifference, value);
}

function isDifference(value: unknown): value is Difference {
  if (!isMap(value) || !Array.isArray(value['path'])) return false;
  const path: unknown[] = value['path'];
  return path.length <= deepest && path.every((step) => typeof step === 'string' || Number.isSafeInteger(step));
}

/** What an annotation keeps; nothing when it is not of this form, since anybody may write one. */
export function readMemory(text: unknown): Difference[] {
  if (typeof text !== 'string' || text.length > longest) return [];
  try {
    const found: unknown = JSON.parse(text);
    return Array.isArray(found) && found.every(isDifference) ? found : [];
  } catch {
    return [];
  }
}
