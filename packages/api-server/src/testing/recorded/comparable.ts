import { isJsonObject } from '../../json.ts';
import type { DifferenceId } from './differences.ts';
import type { Answer } from './exchange.ts';

interface Cause {
  field?: string;
  reason?: string;
}

function refusal(body: unknown): unknown {
  if (!isJsonObject(body) || body['kind'] !== 'Status') return body;
  const details = isJsonObject(body['details']) ? body['details'] : {};
  const causes = Array.isArray(details['causes']) ? (details['causes'] as Cause[]) : [];
  // An API server also tells, under the field "<nil>", that it did not get to all of its rules.
  const fields = causes.map(({ field = '' }) => field.replace(/^\./, '')).filter((field) => field !== '<nil>');
  return { status: body['status'], reason: body['reason'], code: body['code'], fields: [...new Set(fields)].toSorted() };
}

function tableRows(body: unknown): unknown {
  if (!isJsonObject(body) || !Array.isArray(body['rows'])) return body;
  const columns = body['columnDefinitions'] as { name: string; type: string; priority: number }[];
  return {
    kind: body['kind'],
    columns: columns.map(({ name, type, priority }) => ({ name, type, priority })),
    cells: (body['rows'] as { cells: unknown[] }[]).map(({ cells }) => cells.map((cell) => (/^\d+s$/.test(String(cell)) ? 'AGE' : cell))),
  };
}

function sortedText(entry: unknown): string {
  return JSON.stringify(entry, (_key, value: unknown) =>
    isJsonObject(value) ? Object.fromEntries(Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1))) : value,
  );
}

/** Lists whose order says nothing: entries of one second break at different places, conflicts come in any order. */
const unordered: readonly string[] = ['managedFields', 'causes'];

function mapped(value: unknown, change: (key: string, each: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => mapped(each, change));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, each]) => {
      const changed = mapped(change(key, each), change);
      return changed === undefined ? [] : [[key, changed]];
    }),
  );
}

function sameOrder(answer: Answer): unknown {
  return mapped(answer, (key, each) => (unordered.includes(key) && Array.isArray(each) ? each.map(sortedText).toSorted() : each));
}

function withoutKinds(body: unknown): unknown {
  if (!isJsonObject(body) || !Array.isArray(body['items'])) return body;
  return { ...body, items: (body['items'] as Record<string, unknown>[]).map(({ apiVersion: _a, kind: _k, ...item }) => item) };
}

/** What two servers' answers to a request are compared by. */
export function comparable(answer: Answer, differs?: DifferenceId): unknown {
  const { status, body } = answer;
  switch (differs) {
    case 'message':
      return { status, body: refusal(body) };
    case 'table':
      return { status, body: tableRows(body) };
    case 'page':
      return { status };
    case 'code':
      return { isRefused: status >= 400 };
    case 'items':
      return sameOrder({ status, body: withoutKinds(body) });
    case 'statusOwner':
    case 'scaleOwner':
      return sameOrder({ status, body: mapped(body, (key, each) => (key === 'managedFields' ? undefined : each)) });
    case 'emptied':
      return sameOrder({ status, body: mapped(body, (key, each) => (key === 'a' && each === null ? {} : each)) });
    // Nothing of these answers is alike.
    case 'lenient':
    case 'ghost':
    case 'scaleMissing':
      return {};
    case undefined:
      return sameOrder(answer);
  }
}
