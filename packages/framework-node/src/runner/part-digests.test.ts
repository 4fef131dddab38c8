import { hash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PartDigests } from './part-digests.ts';
import { encodeFrames } from './wire.ts';

const sizes = fc.array(fc.oneof(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 60_000, max: 200_000 })), { maxLength: 6 });

test('knows the digest of every large part, however the body is cut', () => {
  fc.assert(
    fc.property(sizes, fc.array(fc.integer({ min: 1, max: 90_000 }), { maxLength: 20 }), (lengths, cuts) => {
      const parts = lengths.map((length, index) => Buffer.alloc(length, index + 1));
      const body = encodeFrames(parts);
      const digests = new PartDigests();
      let size = 0;
      for (const cut of cuts) digests.advance(body, (size = Math.min(body.length, size + cut)));
      digests.advance(body, body.length);
      const large = parts.entries().filter(([, part]) => part.length >= 64 * 1024);
      expect([...digests.byPart]).toEqual([...large].map(([index, part]) => [index, hash('sha256', part)]));
    }),
    { numRuns: 50 },
  );
});

test('knows nothing of a part that is not whole, and of lengths that lie', () => {
  const digests = new PartDigests();
  const body = encodeFrames([Buffer.alloc(100_000)]);
  digests.advance(body, body.length - 1);
  body.writeUInt32BE(0xffffffff);
  const lying = new PartDigests();
  lying.advance(body, body.length);
  expect([digests.byPart.size, lying.byPart.size]).toEqual([0, 0]);
});
