// Writes values.schema.json and README.md of the chart from values.yaml: defaults give the types, comments the words, and
// `# @schema {…}` what else has to hold. With --check, fails when a file differs from what is committed.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isMap, isScalar, isSeq, parseDocument, type Node, type Pair, type YAMLMap } from 'yaml';

const chart = path.resolve(import.meta.dirname, '../openfunction');
const tag = '@schema ';

interface Value {
  path: string;
  words: string;
  schema: Record<string, unknown>;
  default: unknown;
  fields?: Value[];
}

type Entry = Pair<Node & { commentBefore?: string | null }, Node> & { value: Node };

/** Of a map's first entry the comment stands before the map. */
function commentOf(map: YAMLMap, pair: Entry, isFirst: boolean): string {
  return [isFirst ? (map.commentBefore ?? '') : '', pair.key.commentBefore ?? ''].join('\n');
}

function typeOf(node: Node): string {
  if (isMap(node)) return 'object';
  if (isSeq(node)) return 'array';
  const value = isScalar(node) ? node.value : undefined;
  if (typeof value === 'number') return 'integer';
  if (typeof value === 'string' || typeof value === 'boolean') return typeof value;
  throw new Error(`A value of this kind has no type: ${String(node)}`);
}

function valueOf(map: YAMLMap, pair: Entry, above: string, isFirst: boolean): Value {
  const lines = commentOf(map, pair, isFirst)
    .split('\n')
    .map((line) => line.replace(/^ /, ''));
  const given = lines.filter((line) => line.startsWith(tag)).map((line) => JSON.parse(line.slice(tag.length)) as Record<string, unknown>);
  const schema: Record<string, unknown> = Object.assign({ type: typeOf(pair.value) }, ...given);
  if ('enum' in schema) delete schema['type'];
  const at = `${above}${String(pair.key)}`;
  const words = lines
    .filter((line) => !line.startsWith(tag))
    .join('\n')
    .trim();
  const isOpen = schema['additionalProperties'] !== undefined && schema['additionalProperties'] !== false;
  const fields = isMap(pair.value) && !isOpen ? valuesOf(pair.value, `${at}.`) : undefined;
  return {
    path: at,
    words,
    schema,
    default: (map.toJSON() as Record<string, unknown>)[String(pair.key)],
    ...(fields === undefined ? {} : { fields }),
  };
}

const valuesOf = (map: YAMLMap, above: string): Value[] => map.items.map((pair, index) => valueOf(map, pair as Entry, above, index === 0));

function schemaOf({ schema, words, fields }: Value): Record<string, unknown> {
  const described = words === '' ? {} : { description: words.replaceAll('\n', ' ') };
  return fields === undefined ? { ...described, ...schema } : { ...described, ...schema, ...propertiesOf(fields) };
}

function propertiesOf(values: Value[]): Record<string, unknown> {
  const entries = values.map((value) => [value.path.slice(value.path.lastIndexOf('.') + 1), schemaOf(value)]);
  return { additionalProperties: false, properties: Object.fromEntries(entries) as unknown };
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ');

function rowsOf(value: Value): string[] {
  const { fields } = value;
  if (fields === undefined) return [`| \`${value.path}\` | \`${cell(JSON.stringify(value.default))}\` | ${cell(value.words)} |`];
  const own = value.words === '' ? [] : [`| \`${value.path}\` | | ${cell(value.words)} |`];
  return [...own, ...fields.flatMap(rowsOf)];
}

function readme(values: Value[]): string {
  return `# openfunction

Functions on Kubernetes, from source to a URL. \`docs/kubernetes.md\` of the repository says how to install, upgrade and remove it, and what runs.

This page is generated from \`values.yaml\`.

| value | default | |
|---|---|---|
${values.flatMap(rowsOf).join('\n')}
`;
}

function put(name: string, text: string): void {
  const file = path.join(chart, name);
  if (!process.argv.includes('--check')) return writeFileSync(file, text);
  if (readFileSync(file, 'utf8') === text) return;
  console.error(`${name} is not what values.yaml says.`);
  process.exitCode = 1;
}

const { contents } = parseDocument(readFileSync(path.join(chart, 'values.yaml'), 'utf8'));
if (!isMap(contents)) throw new Error('values.yaml is no map.');
const values = valuesOf(contents, '');
const { additionalProperties, properties } = propertiesOf(values) as { additionalProperties: false; properties: object };
const schema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  additionalProperties,
  properties: { global: { type: 'object' }, ...properties },
};
put('values.schema.json', `${JSON.stringify(schema, null, 2)}\n`);
put('README.md', readme(values));
