import type { KubeObject } from '@openfunction/resources/nouns';
import type { Document } from 'yaml';
import { ClientError } from './client-error.ts';

const maxBytes = 3 * 1024 * 1024;
const maxDocuments = 1000;
const maxAliases = 100;

/** The objects of a YAML (or JSON) text with any number of documents; Lists are taken apart. Errors say `file:line`. */
export async function decodeManifests(text: string, file = 'manifest'): Promise<KubeObject[]> {
  if (Buffer.byteLength(text) > maxBytes) throw new ClientError('BadManifest', `${file}: it is larger than 3 MB. Split it.`);
  // Lazy: most callers of an API never read a manifest.
  const { LineCounter, parseAllDocuments } = await import('yaml');
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, merge: false, uniqueKeys: true, prettyErrors: false });
  if (!Array.isArray(documents)) return [];
  if (documents.length > maxDocuments)
    throw new ClientError('BadManifest', `${file}: it has more than ${maxDocuments} documents. Split it.`);
  return documents.flatMap((document) => objectsOf(document, (offset) => `${file}:${lines.linePos(offset).line}`));
}

function objectsOf(document: Document, at: (offset: number) => string): KubeObject[] {
  const [error] = document.errors;
  if (error !== undefined) throw new ClientError('BadManifest', `${at(error.pos[0])}: this is not YAML: ${error.message}`);
  const where = at(document.contents?.range?.[0] ?? 0);
  const value = plainValue(document, where);
  if (value === null || value === undefined) return [];
  if (isList(value)) return value.items.map((item) => checked(item, where));
  return [checked(value, where)];
}

function plainValue(document: Document, where: string): unknown {
  try {
    // What refers to itself has no JSON form.
    return JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: maxAliases }) ?? null));
  } catch (cause) {
    throw new ClientError('BadManifest', `${where}: its aliases refer to themselves or expand too far. Write the values out.`, { cause });
  }
}

function isList(value: unknown): value is { items: unknown[] } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    value.kind === 'List' &&
    'items' in value &&
    Array.isArray(value.items)
  );
}

function checked(value: unknown, where: string): KubeObject {
  const object = value as Partial<KubeObject> | null;
  if (typeof object !== 'object' || object === null || Array.isArray(object))
    throw new ClientError('BadManifest', `${where}: a document must be one object.`);
  for (const field of ['apiVersion', 'kind'] as const) {
    if (typeof object[field] !== 'string' || object[field] === '')
      throw new ClientError('BadManifest', `${where}: the object has no ${field}. Every object needs one.`);
  }
  const { metadata } = object;
  const isNamed =
    typeof metadata === 'object' && metadata !== null && (typeof metadata.name === 'string' || typeof metadata.generateName === 'string');
  if (!isNamed) throw new ClientError('BadManifest', `${where}: the ${object.kind} has no metadata.name. Every object needs one.`);
  return object as KubeObject;
}
