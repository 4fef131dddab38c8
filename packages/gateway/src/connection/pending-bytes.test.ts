import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PendingBytes } from './pending-bytes.ts';

const bytes = fc.tuple(fc.integer({ min: 0, max: 40_000 }), fc.nat(255)).map(([length, value]) => Buffer.alloc(length, value));

it('hands over all that was appended, in order, and then has none', () => {
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 6 }), (parts) => {
      const pending = new PendingBytes();
      for (const part of parts) pending.append(part, 0, part.length);
      pending.use((all) => expect(all.equals(Buffer.concat(parts))).toBe(true));
      expect(pending.length).toBe(0);
    }),
  );
});

it('keeps what it handed over whole while more comes, here and elsewhere', () => {
  fc.assert(
    fc.property(bytes, bytes, (first, second) => {
      const pending = new PendingBytes();
      const other = new PendingBytes();
      pending.append(first, 0, first.length);
      pending.use((all) => {
        pending.append(second, 0, second.length);
        other.append(second, 0, second.length);
        expect(all.equals(first)).toBe(true);
      });
      expect(pending.peek().equals(second)).toBe(true);
      expect(other.peek().equals(second)).toBe(true);
    }),
  );
});

it('uses its memory again once it was handed over', () => {
  const pending = new PendingBytes();
  const append = (): ArrayBufferLike => {
    pending.append(Buffer.alloc(50_000), 0, 50_000);
    return pending.peek().buffer;
  };
  const before = append();
  pending.use(() => undefined);
  expect(append()).toBe(before);
});
