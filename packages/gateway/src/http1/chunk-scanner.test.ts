import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ChunkScanner } from './chunk-scanner.ts';

interface Outcome {
  passed: string;
  end: number;
  done: boolean;
  malformed: boolean;
  trailers: string;
  bytes: number;
}

/** What is passed on of the bytes when they come in these parts. */
function passThrough(bytes: Buffer, cuts: number[], dataOnly = false): Outcome {
  const scanner = new ChunkScanner();
  scanner.reset(dataOnly);
  const ends = [...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
  let passed = '';
  let at = 0;
  for (const end of ends) {
    while (at < end && !scanner.done && !scanner.malformed) {
      at = scanner.scan(bytes, at, end);
      passed += bytes.toString('latin1', scanner.passFrom, scanner.passEnd);
    }
  }
  const { done, malformed, trailers } = scanner;
  // How much of a body passed before it was found malformed depends on the cuts, and does not matter.
  if (malformed) return { passed: '', end: 0, done, malformed, trailers: '', bytes: 0 };
  if (done && scanner.owesEnd) passed += `${trailers}\r\n`;
  return { passed, end: at, done, malformed, trailers, bytes: scanner.bytes };
}

const chunk = fc.record({
  text: fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  extension: fc.constantFrom('', '', ';a', ';a=b', ';a="b c";d'),
});
const cuts = fc.array(fc.nat(400), { maxLength: 8 });

it('passes the same bytes on, wherever the body is cut, without its extensions', () => {
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 5 }), fc.constantFrom('', 'X: 1\r\n', 'X: 1\r\nY: 2\r\n'), cuts, (chunks, trailers, at) => {
      const coded = (withExtension: boolean): string =>
        `${chunks.map(({ text, extension }) => `${text.length.toString(16)}${withExtension ? extension : ''}\r\n${text}\r\n`).join('')}0\r\n${trailers}\r\n`;
      const bytes = Buffer.from(coded(true), 'latin1');
      const data = chunks.map(({ text }) => text).join('');
      expect(passThrough(Buffer.concat([bytes, Buffer.from('GET /')]), at)).toEqual({
        passed: coded(false),
        end: bytes.length,
        done: true,
        malformed: false,
        trailers,
        bytes: data.length,
      });
      expect(passThrough(bytes, at, true)).toMatchObject({ passed: data, done: true });
    }),
    { numRuns: 500 },
  );
});

it('comes to the same end wherever any bytes are cut', () => {
  const piece = fc.constantFrom('1', '0', 'a', 'F', '\r\n', '\r', '\n', ';', ' ', 'x', 'X: 1', '0\r\n\r\n', '1\r\nx\r\n');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), cuts, (pieces, at) => {
      const bytes = Buffer.from(pieces.join(''), 'latin1');
      expect(passThrough(bytes, at)).toEqual(passThrough(bytes, []));
    }),
    { numRuns: 3000 },
  );
});

it('passes nothing that it would read otherwise a second time', () => {
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 5 }), cuts, (chunks, at) => {
      const body = `${chunks.map(({ text, extension }) => `${text.length.toString(16)}${extension}\r\n${text}\r\n`).join('')}0\r\nX: 1\r\n\r\n`;
      const once = passThrough(Buffer.from(body, 'latin1'), at);
      expect(passThrough(Buffer.from(once.passed, 'latin1'), at).passed).toBe(once.passed);
    }),
  );
});
