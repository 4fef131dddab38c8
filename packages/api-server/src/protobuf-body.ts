import { ApiError } from './api-error.ts';
import type { JsonObject } from './json.ts';

// From 1.32 on kubectl's typed "create" commands send protobuf and take no 415 for an answer. The field
// numbers are those of k8s.io/api/core/v1 and apimachinery's generated.proto.
type Fields = Map<number, Buffer[]>;

const magic = Buffer.from([0x6b, 0x38, 0x73, 0x00]);

/** The objects that `kubectl create namespace|secret|configmap` sends; anything else is refused with 415. */
export function decodeProtobuf(bytes: Buffer): JsonObject {
  if (!bytes.subarray(0, 4).equals(magic)) throw unsupported('it is no Kubernetes protobuf');
  const unknown = fieldsOf(bytes.subarray(4));
  const type = fieldsOf(first(unknown, 1));
  const kind = text(type, 2);
  const raw = fieldsOf(first(unknown, 2));
  const object = { apiVersion: text(type, 1), kind, metadata: metadataOf(fieldsOf(first(raw, 1))) };
  switch (kind) {
    case 'Namespace':
      return object;
    case 'ConfigMap':
      return { ...object, ...optional('data', entries(raw, 2, 'utf8')), ...optional('binaryData', entries(raw, 3, 'base64')) };
    case 'Secret':
      return {
        ...object,
        type: text(raw, 3) || 'Opaque',
        ...optional('data', entries(raw, 2, 'base64')),
        ...optional('stringData', entries(raw, 4, 'utf8')),
      };
    default:
      throw unsupported(`a ${kind || 'nameless kind'} can be sent as JSON only`);
  }
}

function metadataOf(fields: Fields): JsonObject {
  const strings = { name: text(fields, 1), generateName: text(fields, 2), namespace: text(fields, 3) };
  const given = Object.fromEntries(Object.entries(strings).filter(([, value]) => value !== ''));
  return { ...given, ...optional('labels', entries(fields, 11, 'utf8')), ...optional('annotations', entries(fields, 12, 'utf8')) };
}

function optional(name: string, values: Record<string, string>): JsonObject {
  return Object.keys(values).length === 0 ? {} : { [name]: values };
}

function entries(fields: Fields, number: number, encoding: 'utf8' | 'base64'): Record<string, string> {
  const pairs = (fields.get(number) ?? []).map(fieldsOf);
  return Object.fromEntries(pairs.map((pair) => [text(pair, 1), first(pair, 2).toString(encoding)]));
}

function first(fields: Fields, number: number): Buffer {
  return fields.get(number)?.at(-1) ?? Buffer.alloc(0);
}

function text(fields: Fields, number: number): string {
  return first(fields, number).toString('utf8');
}

/** Length-delimited fields by number; numbers are skipped, because none of them is needed here. */
function fieldsOf(bytes: Buffer): Fields {
  const fields: Fields = new Map();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 64; shift += 7) {
      const byte = bytes[at];
      if (byte === undefined) throw unsupported('it ends too early');
      at += 1;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw unsupported('a number in it is too long');
  };
  while (at < bytes.length) {
    const tag = varint();
    const wire = tag % 8;
    if (wire === 0) varint();
    else if (wire === 1 || wire === 5) at += wire === 1 ? 8 : 4;
    else if (wire === 2) {
      const length = varint();
      if (at + length > bytes.length) throw unsupported('it ends too early');
      const number = Math.floor(tag / 8);
      fields.set(number, [...(fields.get(number) ?? []), bytes.subarray(at, at + length)]);
      at += length;
    } else throw unsupported('it has a field of an unknown form');
  }
  return fields;
}

function unsupported(why: string): ApiError {
  return new ApiError(
    'UnsupportedMediaType',
    `The protobuf body cannot be read: ${why}. Write the object as YAML and use "kubectl apply -f".`,
  );
}
