/** A program or library of Linux, as far as the dynamic loader looks at it. */
export interface Elf {
  /** e_machine: 62 is x86-64, 183 is AArch64. */
  machine: number;
  /** The loader that it asks for. */
  interpreter?: string;
  /** Names of the libraries that it needs. */
  needed: string[];
}

interface Segment {
  type: number;
  offset: number;
  address: number;
  size: number;
}

const [loadSegment, dynamicSegment, interpreterSegment] = [1, 2, 3];
const [neededTag, stringsTag] = [1, 5];

/** Reads a 64-bit little-endian ELF file; undefined for any other file. */
export function readElf(bytes: Buffer): Elf | undefined {
  if (bytes.length < 64 || bytes.readUInt32BE(0) !== 0x7f454c46 || bytes[4] !== 2 || bytes[5] !== 1) return undefined;
  const long = (at: number): number => Number(bytes.readBigUInt64LE(at));
  const text = (at: number): string => bytes.toString('latin1', at, bytes.indexOf(0, at));
  const [start, size, count] = [long(32), bytes.readUInt16LE(54), bytes.readUInt16LE(56)];
  const segments = Array.from({ length: count }, (_each, index): Segment => {
    const at = start + index * size;
    return { type: bytes.readUInt32LE(at), offset: long(at + 8), address: long(at + 16), size: long(at + 32) };
  });
  const find = (type: number): Segment | undefined => segments.find((segment) => segment.type === type);
  const interpreter = find(interpreterSegment);
  const dynamic = find(dynamicSegment);
  const entries = Array.from({ length: (dynamic?.size ?? 0) / 16 }, (_each, index) => {
    const at = (dynamic?.offset ?? 0) + index * 16;
    return { tag: long(at), value: long(at + 8) };
  });
  const stringsAddress = entries.find(({ tag }) => tag === stringsTag)?.value ?? 0;
  const holder = segments.find(
    ({ type, address, size: length }) => type === loadSegment && stringsAddress >= address && stringsAddress < address + length,
  );
  const strings = holder === undefined ? 0 : stringsAddress - holder.address + holder.offset;
  return {
    machine: bytes.readUInt16LE(18),
    ...(interpreter === undefined ? {} : { interpreter: text(interpreter.offset) }),
    needed: entries.filter(({ tag }) => tag === neededTag).map(({ value }) => text(strings + value)),
  };
}
