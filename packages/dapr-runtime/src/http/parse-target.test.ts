import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ApiError } from '../api/api-error.ts';
import { encodePath, parseTarget } from './parse-target.ts';

describe('parseTarget', () => {
  it('keeps an encoded slash inside its segment', () => {
    expect(parseTarget('/v1.0/invoke/a/method/x%2Fy?q=1')).toMatchObject({
      segments: ['v1.0', 'invoke', 'a', 'method', 'x/y'],
      search: '?q=1',
    });
    expect(encodePath(['x/y', 'a:b@c'])).toBe('/x%2Fy/a:b@c');
  });

  it.each([
    '/a/../b',
    '/a/%2e%2e/b',
    '/a/%2E./b',
    '/admin%2F..%2Fpublic',
    '/./a',
    '//evil/',
    'http://evil/',
    '*',
    'a',
    '',
    '/a%00',
    '/a%1f',
    '/a#b',
    '/a\\b',
    '/a%5C..%5Cb',
    '/%c0%ae',
    '/%',
    '/ä',
    `/${'a'.repeat(20_000)}`,
  ])('refuses %j', (target) => {
    expect(() => parseTarget(target)).toThrow(ApiError);
  });

  it('reads what it writes, and refuses or reads all else', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1, unit: 'binary' }), { minLength: 1, maxLength: 5 }), (segments) => {
        let written: string;
        try {
          written = encodePath(segments);
        } catch {
          return;
        }
        try {
          const read = parseTarget(written);
          expect(read.segments).toEqual(segments);
          expect(encodePath(read.segments)).toBe(written);
        } catch (error) {
          expect(error).toBeInstanceOf(ApiError);
        }
      }),
    );
    fc.assert(
      fc.property(fc.webPath(), fc.string(), (path, more) => {
        try {
          const { segments } = parseTarget(`${path}${more}`);
          expect(parseTarget(encodePath(segments)).segments).toEqual(segments);
        } catch (error) {
          expect(error).toBeInstanceOf(ApiError);
        }
      }),
    );
  });
});
