import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import protobuf from 'protobufjs';
import { appMethods, runtimeMethods } from '../src/dapr/methods.ts';

// Writes src/gen/dapr.ts from the .proto files of the installed @dapr/dapr: the messages of the methods that are used, and
// what they are made of. With --check it only tells whether that would change anything.
const protos = path.join(path.dirname(createRequire(import.meta.url).resolve('@dapr/dapr/package.json')), 'proto');
const target = new URL('../src/gen/dapr.ts', import.meta.url);
const numbers = new Set(['double', 'float', 'int32', 'uint32', 'int64', 'uint64']);

const root = new protobuf.Root();
root.resolvePath = (_origin, file) => path.join(protos, file);
await root.load(['dapr/proto/runtime/v1/dapr.proto', 'dapr/proto/runtime/v1/appcallback.proto'], { keepCase: false });
root.resolveAll();

const needed = new Map<string, protobuf.Type | protobuf.Enum>();
for (const { request, answer } of Object.values({ ...runtimeMethods, ...appMethods }))
  for (const name of [request, answer]) need(root.lookupType(name));

function need(type: protobuf.Type | protobuf.Enum): void {
  if (needed.has(type.fullName)) return;
  needed.set(type.fullName, type);
  if (!(type instanceof protobuf.Type)) return;
  for (const field of type.fieldsArray)
    if (field.resolve().resolvedType !== null) need(field.resolvedType as protobuf.Type | protobuf.Enum);
}

/** `UnlockResponse.Status` is `UnlockResponseStatus`. */
function typeName(type: protobuf.ReflectionObject): string {
  const parent = type.parent instanceof protobuf.Type ? typeName(type.parent) : '';
  return type.name.startsWith(parent) ? type.name : parent + type.name;
}

function scalar(field: protobuf.Field): string {
  if (field.resolvedType !== null) return typeName(field.resolvedType);
  if (numbers.has(field.type)) return 'number';
  return field.type === 'bytes' ? 'Uint8Array' : field.type === 'bool' ? 'boolean' : field.type;
}

function fieldLine(field: protobuf.Field): string {
  if (field instanceof protobuf.MapField) return `  ${field.name}: Record<string, ${scalar(field)}>;`;
  if (field.repeated) return `  ${field.name}: ${scalar(field)}[];`;
  const optional = field.partOf !== null || field.resolvedType instanceof protobuf.Type;
  return `  ${field.name}${optional ? '?' : ''}: ${scalar(field)};`;
}

function declaration(type: protobuf.Type | protobuf.Enum): string {
  const name = typeName(type);
  if (type instanceof protobuf.Enum) {
    const values = Object.keys(type.values).map((value) => `'${value}'`);
    return `export type ${name} = ${values.join(' | ')};`;
  }
  if (type.fieldsArray.length === 0) return `export type ${name} = Record<string, never>;`;
  return `export interface ${name} {\n${type.fieldsArray.map(fieldLine).join('\n')}\n}`;
}

interface Json {
  nested?: Record<string, Json>;
  [key: string]: unknown;
}

/** Without what is not needed, and without comments and options, which say nothing about the bytes. */
function pruned(json: Json, at: string): Json | undefined {
  // Files load in any order, and the text must not.
  const entries = Object.entries(json.nested ?? {}).toSorted(([left], [right]) => (left < right ? -1 : 1));
  const nested = entries.flatMap(([name, inner]): [string, Json][] => {
    const kept = pruned(inner, `${at}.${name}`);
    return kept === undefined ? [] : [[name, kept]];
  });
  if (nested.length === 0 && !needed.has(at)) return undefined;
  const { options: _options, comment: _comment, comments: _comments, nested: _nested, ...rest } = json;
  return { ...rest, ...(nested.length === 0 ? {} : { nested: Object.fromEntries(nested) }) };
}

const text = [
  '// Generated from the .proto files of @dapr/dapr by scripts/generate-dapr.ts; do not edit.',
  ...[...needed.values()].toSorted((left, right) => (left.fullName < right.fullName ? -1 : 1)).map(declaration),
  `export const descriptor: string = ${JSON.stringify(JSON.stringify(pruned(root.toJSON() as Json, '')))};`,
  '',
].join('\n\n');
if (process.argv.includes('--check')) {
  const present = await readFile(target, 'utf8').catch(() => '');
  if (present !== text) {
    process.stderr.write('packages/protocol/src/gen/dapr.ts is outdated: run node packages/protocol/scripts/generate-dapr.ts\n');
    process.exitCode = 1;
  }
} else await writeFile(target, text);
