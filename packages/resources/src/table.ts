import type { ResourceKind } from './object.ts';

/** A printer column, as in `additionalPrinterColumns`. */
export interface Column {
  name: string;
  type: 'string' | 'date' | 'integer';
  jsonPath: string;
  priority?: number;
}

const column = (name: string, jsonPath: string): Column => ({ name, type: 'string', jsonPath });
const age: Column = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

const columns = new Map<string, readonly Column[]>([
  [
    'Function',
    [
      column('BuildState', '.status.build.state'),
      column('ServingState', '.status.serving.state'),
      column('Builder', '.status.build.resourceRef'),
      column('Serving', '.status.serving.resourceRef'),
      column('Address', '.status.addresses[?(@.type=="Internal")].value'),
      age,
    ],
  ],
  [
    'Builder',
    [
      column('Phase', '.status.phase'),
      column('State', '.status.state'),
      column('Reason', '.status.reason'),
      column('BuildDuration', '.status.buildDuration'),
      age,
    ],
  ],
  ['Serving', [column('Phase', '.status.phase'), column('State', '.status.state'), age]],
  ['Gateway', [column('Domain', '.spec.domain'), age]],
]);

/** The columns after Name that `kubectl get` shows. */
export function columnsOf(kind: ResourceKind): readonly Column[] {
  return (kind.group.endsWith('openfunction.io') ? columns.get(kind.kind) : undefined) ?? [age];
}

function step(value: unknown, name: string, type: string | undefined): unknown {
  const next = (value as Record<string, unknown> | null | undefined)?.[name];
  if (type === undefined) return next;
  return Array.isArray(next) ? next.find((item: { type?: string }) => item?.type === type) : undefined;
}

/** Evaluates a column's path: dotted names, and `[?(@.type=="X")]` for the first item of that type. */
export function cell(object: unknown, jsonPath: string): unknown {
  const steps = jsonPath.matchAll(/\.(\w+)(?:\[\?\(@\.type=="(\w+)"\)\])?/gu);
  let value = object;
  for (const [, name = '', type] of steps) value = step(value, name, type);
  return value;
}
