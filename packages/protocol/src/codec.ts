import protobuf from 'protobufjs';
import { descriptor } from './gen/messages.ts';

export interface Codec<T> {
  encode(value: T): Uint8Array;
  decode(bytes: Uint8Array): T;
}

/** Codecs of the messages of a descriptor, by their full names. Absent scalars arrive as their defaults, absent messages not at all. */
export function codecsOf(of: string): <T>(name: string) => Codec<T> {
  const root = protobuf.Root.fromJSON(JSON.parse(of) as protobuf.INamespace);
  return <T>(name: string): Codec<T> => {
    const type = root.lookupType(name);
    return {
      encode: (value) => type.encode(type.fromObject(value as Record<string, unknown>)).finish(),
      decode: (bytes) => withoutNulls(type.toObject(type.decode(bytes), plain)) as T,
    };
  };
}

const plain: protobuf.IConversionOptions = { longs: Number, enums: String, defaults: true, arrays: true, objects: true };

/** The codec of a message between parts of the platform. */
export const codec: <T>(name: string) => Codec<T> = codecsOf(descriptor);

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null)
      .map(([name, inner]) => [name, withoutNulls(inner)]),
  );
}
