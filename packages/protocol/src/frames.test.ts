import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeFrame, FrameReader } from './frames.ts';

const frame = fc.record({ kind: fc.nat(255), payload: fc.uint8Array({ maxLength: 50 }) });

it('reads the same frames however their bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(frame), fc.infiniteStream(fc.integer({ min: 1, max: 40 })), (frames, sizes) => {
      let rest = Buffer.concat(frames.map(({ kind, payload }) => encodeFrame(kind, payload)));
      const reader = new FrameReader();
      const read: { kind: number; payload: number[] }[] = [];
      while (rest.length > 0) {
        const size = sizes.next().value ?? 1;
        for (const { kind, payload } of reader.take(rest.subarray(0, size))) read.push({ kind, payload: [...payload] });
        rest = rest.subarray(size);
      }
      expect(read).toEqual(frames.map(({ kind, payload }) => ({ kind, payload: [...payload] })));
    }),
  );
});

it('refuses a frame larger than any may be before its bytes come', () => {
  const head = Buffer.from([0xff, 0xff, 0xff, 0xff, 1]);
  expect(() => [...new FrameReader().take(head)]).toThrow(/too large/);
});
