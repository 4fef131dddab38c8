import { FunctionError } from '../function-error.ts';

type Node = { [name: string]: Value };
type Value = string | Node | Value[];

const maxFields = 1000;
const maxDepth = 32;

/** The fields of a form; `a[b]=1` nests, `a[]=1` and repeats make lists. */
export function parseForm(text: string): Record<string, unknown> {
  const root: Node = {};
  if (text === '') return root;
  const fields = text.split('&', maxFields + 1);
  if (fields.length > maxFields)
    throw new FunctionError('BodyTooLarge', 413, `The form has more than ${maxFields} fields. Send fewer, or send JSON.`);
  for (const field of fields) {
    if (field === '') continue;
    const equals = field.indexOf(']=') >= 0 ? field.indexOf(']=') + 1 : field.indexOf('=');
    const name = decode(equals < 0 ? field : field.slice(0, equals));
    place(root, pathOf(name), equals < 0 ? '' : decode(field.slice(equals + 1)));
  }
  return root;
}

function decode(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}

/** `a[b][]` has the path a, b and the empty name, which appends. */
function pathOf(name: string): string[] {
  const open = name.indexOf('[');
  const first = open < 0 ? name : name.slice(0, open);
  const rest = open < 0 ? [] : [...name.slice(open).matchAll(/\[([^[\]]*)\]/g)].map((match) => match[1] ?? '');
  if (open >= 0 && (open === 0 || rest.length === 0)) return open === 0 && rest.length > 0 ? rest : [name];
  if (rest.length > maxDepth)
    throw new FunctionError('InvalidBody', 400, `The form nests deeper than ${maxDepth} levels. Flatten it, or send JSON.`);
  return [first, ...rest];
}

function place(root: Node, path: string[], value: string): void {
  let at: Node | Value[] = root;
  for (const [index, name] of path.entries()) {
    if (name === '__proto__') return;
    const last = index === path.length - 1;
    const key: string = name === '' && Array.isArray(at) ? String(at.length) : name;
    const held: Value | undefined = Object.hasOwn(at, key) ? (at as Node)[key] : undefined;
    if (last) {
      const joined: Value = held === undefined ? value : Array.isArray(held) ? [...held, value] : [held, value];
      set(at, key, joined);
      return;
    }
    const next = path[index + 1] ?? '';
    const container: Node | Value[] = typeof held === 'object' ? held : isIndex(next) ? [] : {};
    if (container !== held) set(at, key, container);
    at = container;
  }
}

function isIndex(name: string): boolean {
  return name === '' || /^\d{1,3}$/.test(name);
}

function set(at: Node | Value[], key: string, value: Value): void {
  if (!Array.isArray(at)) at[key] = value;
  // Indexes only order a list: a gap in it would be memory that the sender chooses.
  else if (Number(key) < at.length) at[Number(key)] = value;
  else at.push(value);
}
