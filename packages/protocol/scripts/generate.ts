import { readFile, writeFile } from 'node:fs/promises';
import protobuf from 'protobufjs';

// Writes src/gen/messages.ts from the .proto files; with --check it only tells whether that would change anything.
const packages = ['builder', 'bus', 'pool', 'routes', 'runner'];
const proto = (name: string): URL => new URL(`../../../proto/openfunction/${name}/v1/${name}.proto`, import.meta.url);
const target = new URL('../src/gen/messages.ts', import.meta.url);
const numbers = new Set(['double', 'float', 'int32', 'uint32', 'int64', 'uint64']);

function scalar(field: protobuf.Field): string {
  if (numbers.has(field.type)) return 'number';
  if (field.type === 'bytes') return 'Uint8Array';
  if (field.type === 'bool') return 'boolean';
  return field.type;
}

function fieldLine(field: protobuf.Field): string {
  if (field instanceof protobuf.MapField) return `  ${field.name}: Record<string, ${scalar(field)}>;`;
  if (field.repeated) return `  ${field.name}: ${scalar(field)}[];`;
  const optional = field.partOf !== null || field.resolvedType instanceof protobuf.Type;
  return `  ${field.name}${optional ? '?' : ''}: ${scalar(field)};`;
}

function declaration(object: protobuf.ReflectionObject): string | undefined {
  if (object instanceof protobuf.Enum) {
    return `export type ${object.name} = ${Object.keys(object.values)
      .map((name) => `'${name}'`)
      .join(' | ')};`;
  }
  if (!(object instanceof protobuf.Type)) return undefined;
  if (object.fieldsArray.length === 0) return `export type ${object.name} = Record<string, never>;`;
  return `export interface ${object.name} {\n${object.fieldsArray.map(fieldLine).join('\n')}\n}`;
}

const root = new protobuf.Root();
for (const name of packages) protobuf.parse(await readFile(proto(name), 'utf8'), root);
root.resolveAll();
const declarations = new Set<string>();
for (const name of packages) {
  for (const object of root.lookup(`openfunction.${name}.v1`, [protobuf.Namespace]) instanceof protobuf.Namespace
    ? (root.lookup(`openfunction.${name}.v1`) as protobuf.Namespace).nestedArray
    : []) {
    const text = declaration(object);
    if (text !== undefined) declarations.add(text);
  }
}
const text = [
  '// Generated from proto/openfunction by scripts/generate.ts; do not edit.',
  ...declarations,
  `export const descriptor: string = ${JSON.stringify(JSON.stringify(root.toJSON()))};`,
  '',
].join('\n\n');
if (process.argv.includes('--check')) {
  const present = await readFile(target, 'utf8').catch(() => '');
  if (present !== text) {
    process.stderr.write('packages/protocol/src/gen is outdated: run node packages/protocol/scripts/generate.ts\n');
    process.exitCode = 1;
  }
} else await writeFile(target, text);
