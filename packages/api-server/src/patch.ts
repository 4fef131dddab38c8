import { ApiError } from './api-error.ts';
import { isJsonObject, sameJson, type JsonObject } from './json.ts';

/** RFC 7386. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  const result: JsonObject = isJsonObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (key === '__proto__') continue;
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

/** Copies double with every operation, so a short patch could otherwise fill the memory. */
const maxCopied = 3_000_000;

/** RFC 6902 on a copy; a failed `test` or a missing path is `Invalid`. */
export function jsonPatch(target: unknown, operations: unknown): unknown {
  if (!Array.isArray(operations)) throw new ApiError('BadRequest', 'A JSON patch must be a list of operations.');
  if (operations.length > 10_000)
    throw new ApiError('RequestEntityTooLarge', 'The JSON patch has more than 10,000 operations. Send several patches.');
  let document: unknown = structuredClone(target);
  const budget = { copied: 0 };
  for (const operation of operations) document = applyOperation(document, operation, budget);
  return document;
}

function applyOperation(document: unknown, operation: unknown, budget: { copied: number }): unknown {
  if (!isJsonObject(operation) || typeof operation['op'] !== 'string' || typeof operation['path'] !== 'string') {
    throw new ApiError('Invalid', 'Every operation of a JSON patch needs "op" and "path".');
  }
  const path = pointer(operation['path']);
  const value = structuredClone(operation['value']);
  switch (operation['op']) {
    case 'add':
      return write(document, path, value, 'add');
    case 'replace':
      // As Kubernetes does it: a field that is missing is set, an element that is missing is not.
      if (!isJsonObject(read(document, path.slice(0, -1)))) read(document, path);
      return write(document, path, value, 'replace');
    case 'remove':
      read(document, path);
      return write(document, path, undefined, 'remove');
    case 'test':
      if (!sameJson(read(document, path), value)) throw refused(path, 'the tested value differs');
      return document;
    case 'move':
    case 'copy': {
      const from = pointer(String(operation['from']));
      const found = read(document, from);
      if (operation['op'] === 'copy') {
        budget.copied += JSON.stringify(found).length;
        if (budget.copied > maxCopied)
          throw new ApiError('RequestEntityTooLarge', 'The JSON patch copies more than 3 MB. Write what is to be there instead.');
      }
      const moved = structuredClone(found);
      return write(operation['op'] === 'move' ? write(document, from, undefined, 'remove') : document, path, moved, 'add');
    }
    default:
      throw new ApiError('Invalid', `The JSON patch operation "${operation['op']}" does not exist.`);
  }
}

function pointer(text: string): string[] {
  if (text === '') return [];
  if (!text.startsWith('/')) throw new ApiError('BadRequest', `"${text}" is no JSON pointer: it must begin with "/".`);
  return text
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function read(document: unknown, path: string[]): unknown {
  let at = document;
  for (const part of path) {
    if (Array.isArray(at) && /^\d+$/.test(part) && Number(part) < at.length) at = at[Number(part)];
    else if (isJsonObject(at) && Object.hasOwn(at, part)) at = at[part];
    else throw refused(path, 'there is nothing at this path');
  }
  return at;
}

function write(document: unknown, path: string[], value: unknown, how: 'add' | 'replace' | 'remove'): unknown {
  const last = path.at(-1);
  if (last === undefined) return value;
  const parent = read(document, path.slice(0, -1));
  if (Array.isArray(parent)) writeElement(parent, path, value, how);
  else if (!isJsonObject(parent) || last === '__proto__') throw refused(path, 'its parent is no object');
  else if (how === 'remove') delete parent[last];
  else parent[last] = value;
  return document;
}

function writeElement(list: unknown[], path: string[], value: unknown, how: 'add' | 'replace' | 'remove'): void {
  const last = path.at(-1) ?? '';
  const index = last === '-' ? list.length : /^\d+$/.test(last) ? Number(last) : Number.NaN;
  if (Number.isNaN(index) || index > list.length) throw refused(path, 'there is no such element');
  if (how === 'add') list.splice(index, 0, value);
  else if (how === 'replace') list[index] = value;
  else list.splice(index, 1);
}

function refused(path: string[], why: string): ApiError {
  return new ApiError('Invalid', `The JSON patch cannot be applied at "/${path.join('/')}": ${why}.`);
}
