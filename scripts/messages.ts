// Collects what the code says to people; run as a program, prints it as one text, to be read as one.
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseSync } from 'oxc-parser';

export interface Message {
  /** File and line. */
  at: string;
  /** The class of the error; `status` for what has a code or a reason beside it, `field` for what has a path. */
  by: string;
  /** With … for each value that is put in. */
  text: string;
}

const root = path.resolve(import.meta.dirname, '..');
/** Answers in Kubernetes' own words, and what parts say to each other. */
const notForPeople = /^packages\/(?:store|api-server|protocol|framework-node\/src\/runner)\//;
/** Calls between parts, and faults that no user meets. */
const faults = /^(?:Rpc|Abort|Type|Range|Syntax|Reference|Aggregate)?Error$/;

interface Node extends Record<string, unknown> {
  type: string;
  start: number;
}
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'type' in value;
const nodesIn = (value: unknown): Node[] => (Array.isArray(value) ? value : [value]).filter(isNode);

/** Every message for people in the code of packages and apps. */
export function messages(): Message[] {
  return globSync('{packages,apps}/*/src/**/*.ts', { cwd: root })
    .filter((file) => !/\.test\.ts$|\/testing\/|\/gen\/|contract\.ts$/.test(file) && !notForPeople.test(file))
    .toSorted()
    .flatMap((file) => messagesIn(file, readFileSync(path.join(root, file), 'utf8')));
}

/** The messages in the text of one file. */
export function messagesIn(file: string, code: string): Message[] {
  const found: Message[] = [];
  const { program } = parseSync(file, code);
  if (!isNode(program)) return found;
  walk(program, (node) => {
    const at = `${file}:${code.slice(0, node.start).split('\n').length}`;
    for (const { by, value } of saidBy(node)) found.push(...textsOf(value).flatMap((text) => (/\s/.test(text) ? [{ at, by, text }] : [])));
  });
  return found;
}

function walk(node: Node, see: (node: Node) => void): void {
  see(node);
  for (const value of Object.values(node)) for (const child of nodesIn(value)) walk(child, see);
}

function saidBy(node: Node): { by: string; value: unknown }[] {
  if (node.type === 'NewExpression') {
    const name = nameOf(node['callee']);
    const isError = name.endsWith('Error') && !faults.test(name);
    return isError ? nodesIn(node['arguments']).map((value) => ({ by: name, value })) : [];
  }
  if (node.type === 'VariableDeclarator' && nameOf(node['id']) === 'message') return [{ by: 'status', value: node['init'] }];
  if (node.type !== 'ObjectExpression') return [];
  const properties = new Map(nodesIn(node['properties']).map((each) => [nameOf(each['key']), each['value']]));
  // What is written to a log has a level; a happening that is no trouble asks for nothing.
  if (!properties.has('message') || properties.has('level') || textsOf(properties.get('type')).includes('Normal')) return [];
  const by = ['path', 'field'].some((name) => properties.has(name)) ? 'field' : 'status';
  return by === 'field' || properties.has('code') || properties.has('reason') ? [{ by, value: properties.get('message') }] : [];
}

function nameOf(value: unknown): string {
  return isNode(value) && typeof value['name'] === 'string' ? value['name'] : '';
}

/** What an expression may say; nothing where that is not written here. */
function textsOf(value: unknown): string[] {
  if (!isNode(value)) return [];
  switch (value.type) {
    case 'Literal':
      return typeof value['value'] === 'string' ? [value['value']] : [];
    case 'TemplateLiteral':
      return [
        nodesIn(value['quasis'])
          .map((piece) => (piece['value'] as { cooked: string }).cooked)
          .join('…'),
      ];
    case 'ConditionalExpression':
      return [...textsOf(value['consequent']), ...textsOf(value['alternate'])];
    case 'LogicalExpression':
      return [...textsOf(value['left']), ...textsOf(value['right'])];
    default:
      return [];
  }
}

if (process.argv[1] === import.meta.filename) for (const { at, by, text } of messages()) console.log(`${at} ${by}\n    ${text}`);
