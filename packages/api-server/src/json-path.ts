import { isJsonObject } from './json.ts';

type Step = { field: string } | { index: number } | { where: string; equals: string };

/** The subset of JSONPath that printer columns use: fields, `\.`, `[0]` and `[?(@.type=="Ready")]`. */
export function readJsonPath(value: unknown, path: string): unknown {
  let at = value;
  for (const step of stepsOf(path)) at = take(at, step);
  return at;
}

function take(value: unknown, step: Step): unknown {
  if ('field' in step) return isJsonObject(value) && Object.hasOwn(value, step.field) ? value[step.field] : undefined;
  if (!Array.isArray(value)) return undefined;
  if ('index' in step) return value[step.index];
  return value.find((entry) => isJsonObject(entry) && entry[step.where] === step.equals);
}

function stepsOf(path: string): Step[] {
  const steps: Step[] = [];
  const token = /\[\?\(@\.(\w+)\s*==\s*["']([^"']*)["']\)\]|\[(\d+)\]|\.?((?:\\.|[^.[\\])+)/gy;
  for (let match = token.exec(path); match !== null; match = token.exec(path)) {
    const [, where, equals, index, field] = match;
    if (where !== undefined) steps.push({ where, equals: equals ?? '' });
    else if (index !== undefined) steps.push({ index: Number(index) });
    else if (field !== undefined) steps.push({ field: field.replaceAll('\\', '') });
  }
  return steps;
}
