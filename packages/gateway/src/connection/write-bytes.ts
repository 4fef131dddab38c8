import type { Socket } from 'node:net';
import { blockBytes, giveBlock, takeBlock } from './blocks.ts';

/** Up to here the bytes go out as one latin1 string, which Node copies into the write itself. */
export const smallWrite = 16_384;

/**
 * Writes a text, part of a buffer that is read into again after this call, and a tail, in one write.
 * False: the socket wants no more until it drains.
 */
export function writeBytes(to: Socket, before: string, bytes: Buffer, from: number, end: number, after: string): boolean {
  const size = end - from;
  if (size <= smallWrite) {
    const text = before + (size > 0 ? bytes.toString('latin1', from, end) : '') + after;
    return text === '' || to.write(text, 'latin1');
  }
  const length = before.length + size + after.length;
  const isBlock = length <= blockBytes;
  const out = isBlock ? takeBlock() : Buffer.allocUnsafeSlow(length);
  if (before !== '') out.write(before, 0, 'latin1');
  bytes.copy(out, before.length, from, end);
  if (after !== '') out.write(after, before.length + size, 'latin1');
  // It belongs to the socket until the kernel took all of it.
  return to.write(length === out.length ? out : out.subarray(0, length), isBlock ? (): void => giveBlock(out) : undefined);
}
