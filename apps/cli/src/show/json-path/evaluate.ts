import { parseTemplate, type Node, type Operand, type Operator, type Step } from './parse.ts';

/** What a jsonpath template prints of a value, as kubectl's does: what is not there prints nothing. */
export function jsonPath(template: string): (root: unknown) => string {
  const nodes = parseTemplate(template);
  return (root) => printed(nodes, root, root);
}

function printed(nodes: readonly Node[], value: unknown, root: unknown): string {
  return nodes.map((node) => printedNode(node, value, root)).join('');
}

function printedNode(node: Node, value: unknown, root: unknown): string {
  switch (node.kind) {
    case 'text':
      return node.text;
    case 'path':
      return walk(node.path, value, root).map(asText).join(' ');
    case 'range':
      return walk(node.path, value, root)
        .map((each) => printed(node.body, each, root))
        .join('');
  }
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === null ? '<nil>' : JSON.stringify(value);
}

function walk(path: readonly Step[], from: unknown, root: unknown): unknown[] {
  return path.reduce<unknown[]>((values, step) => values.flatMap((value) => taken(step, value, root)), [from]);
}

function taken(step: Step, value: unknown, root: unknown): unknown[] {
  switch (step.kind) {
    case 'field':
      return field(value, step.name);
    case 'fields':
      return step.names.flatMap((name) => field(value, name));
    case 'everything':
      return childrenOf(value);
    case 'below':
      return withDescendants(value);
    case 'indexes':
      return Array.isArray(value) ? step.indexes.flatMap((at) => (value.at(at) === undefined ? [] : [value.at(at)])) : [];
    case 'slice':
      return Array.isArray(value) ? value.slice(step.from, step.to).filter((_, at) => at % step.step === 0) : [];
    case 'filter':
      return childrenOf(value).filter((each) => holds(step, each, root));
  }
}

function field(value: unknown, name: string): unknown[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, name)) return [];
  return [(value as Record<string, unknown>)[name]];
}

function childrenOf(value: unknown): unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}

function withDescendants(value: unknown): unknown[] {
  return [value, ...childrenOf(value).flatMap(withDescendants)];
}

function holds({ left, operator, right }: Extract<Step, { kind: 'filter' }>, value: unknown, root: unknown): boolean {
  const [first] = valuesOf(left, value, root);
  if (operator === undefined || right === undefined) return first !== undefined;
  const [second] = valuesOf(right, value, root);
  return first !== undefined && second !== undefined && compare(first, operator, second);
}

function valuesOf(operand: Operand, value: unknown, root: unknown): unknown[] {
  return 'value' in operand ? [operand.value] : walk(operand.path, operand.isRoot ? root : value, root);
}

function compare(left: unknown, operator: Operator, right: unknown): boolean {
  if (operator === '==') return left === right;
  if (operator === '!=') return left !== right;
  if (!(typeof left === 'number' && typeof right === 'number') && !(typeof left === 'string' && typeof right === 'string')) return false;
  if (operator === '<') return left < right;
  if (operator === '<=') return left <= right;
  return operator === '>' ? left > right : left >= right;
}
