import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ChunkScanner } from './chunked.ts';

function passThrough(parts: Buffer[]): { text: string; scanner: ChunkScanner } {
  const scanner = new ChunkScanner();
  let text = '';
  for (const part of parts) {
    scanner.scan(part, 0, part.length);
    text += part.toString('latin1', 0, scanner.passEnd);
    if (scanner.done || scanner.malformed) break;
  }
  return { text: scanner.done && scanner.owesEnd ? `${text}\r\n` : text, scanner };
}

it('passes the same bytes on, wherever the body is cut, and without its trailers', () => {
  const chunk = fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 5 }), fc.boolean(), fc.array(fc.nat(300), { maxLength: 6 }), (chunks, trailer, cuts) => {
      const body = `${chunks.map((text) => `${text.length.toString(16)}\r\n${text}\r\n`).join('')}0\r\n`;
      const bytes = Buffer.from(`${body}${trailer ? 'X: 1\r\n' : ''}\r\n`, 'latin1');
      const at = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
      const { text, scanner } = passThrough(at.slice(1).map((end, index) => bytes.subarray(at[index], end)));
      expect(scanner.done).toBe(true);
      expect(text).toBe(`${body}\r\n`);
      expect(scanner.bytes).toBe(chunks.join('').length);
    }),
  );
});

it('ends exactly where the body ends', () => {
  const bytes = Buffer.from('1\r\na\r\n0\r\n\r\nGET');
  const scanner = new ChunkScanner();
  expect(scanner.scan(bytes, 0, bytes.length)).toBe(bytes.length - 3);
});
