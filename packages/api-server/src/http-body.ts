import type { IncomingMessage } from 'node:http';
import { isDeeperThan } from '@openfunction/resources';
import { isScalar, parseDocument, visit, type Document } from 'yaml';
import { ApiError } from './api-error.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import { decodeProtobuf } from './protobuf-body.ts';

/** Larger bodies are refused before they are parsed; etcd's own limit is about half of it. */
export const maxBodyBytes: number = 3 * 1024 * 1024;

/** Reading YAML takes a hundred times as long as JSON, and nothing else is answered meanwhile. */
const maxYamlBytes = 1024 * 1024;

const maxDepth = 200;

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const tooLarge = (): ApiError => new ApiError('RequestEntityTooLarge', 'The request is larger than 3 MB. Split it.');
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** JSON, or YAML where the content type says so (kubectl sends JSON under `apply-patch+yaml`). */
export function parseBody(bytes: Buffer, contentType: string): unknown {
  if (contentType.startsWith('application/vnd.kubernetes.protobuf')) return decodeProtobuf(bytes);
  const value = parseText(bytes.toString('utf8'), contentType);
  // Whatever walks over the object later may recurse.
  if (isDeeperThan(value, maxDepth)) throw new ApiError('BadRequest', `The body is nested more than ${maxDepth} deep. Flatten it.`);
  return value;
}

function parseText(text: string, contentType: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (contentType.includes('yaml')) return parseYaml(text);
    throw new ApiError('BadRequest', `The body is not JSON: ${error instanceof Error ? error.message : 'unknown error'}.`);
  }
}

export function parseObject(bytes: Buffer, contentType: string): JsonObject {
  const value = parseBody(bytes, contentType);
  if (!isJsonObject(value)) throw new ApiError('BadRequest', 'The body must be one object.');
  return value;
}

function parseYaml(text: string): unknown {
  if (text.length > maxYamlBytes)
    throw new ApiError('RequestEntityTooLarge', 'The YAML is larger than 1 MB. Send it as JSON, as kubectl does, or split it.');
  // Its own check of keys compares each with each: 2 MB of them would take half a minute.
  const document = parseDocument(text, { merge: false, uniqueKeys: false });
  if (document.errors.length > 0) throw new ApiError('BadRequest', `The body is not YAML: ${document.errors[0]?.message ?? ''}`);
  const twice = keyGivenTwice(document);
  if (twice !== undefined) throw new ApiError('BadRequest', `The body has the key ${JSON.stringify(twice.slice(0, 80))} twice.`);
  try {
    // What refers to itself has no JSON form, and few aliases suffice for any manifest.
    return JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: 100 })));
  } catch {
    throw new ApiError('BadRequest', 'The YAML has aliases that refer to themselves or expand too far.');
  }
}

function keyGivenTwice(document: Document): string | undefined {
  let twice: string | undefined;
  visit(document, {
    Map: (_position, map) => {
      const names = new Set<string>();
      for (const { key } of map.items) {
        const name = isScalar(key) ? String(key.value) : undefined;
        if (name === undefined) continue;
        if (names.has(name)) {
          twice = name;
          return visit.BREAK;
        }
        names.add(name);
      }
      return undefined;
    },
  });
  return twice;
}
