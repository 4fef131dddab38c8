import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HeadParser } from './head-parser.ts';

function parse(text: string): { result: ReturnType<HeadParser['parse']>; parser: HeadParser } {
  const parser = new HeadParser();
  const bytes = Buffer.from(text, 'latin1');
  return { result: parser.parse(bytes, 0, bytes.length), parser };
}

it('needs all bytes of a good head, and then is done', () => {
  const head = 'POST /a/b?c=d HTTP/1.1\r\nHost: F.Test:80\r\nContent-Length: 3\r\nX-A: b\r\n\r\n';
  for (let length = 0; length < head.length; length++) expect(parse(head.slice(0, length)).result.kind).toBe('incomplete');
  const { result, parser } = parse(`${head}abc`);
  expect(result).toEqual({ kind: 'done', end: head.length });
  expect(parser).toMatchObject({ method: 'POST', path: '/a/b', query: '?c=d', host: 'f.test', contentLength: 3, forwarded: 'X-A: b\r\n' });
});

it('never throws and never reads past the bytes, whatever they are', () => {
  const piece = fc.constantFrom(
    'GET',
    ' ',
    '/',
    'HTTP/1.1',
    '\r\n',
    '\n',
    '\r',
    'Host',
    ':',
    'a',
    '%2',
    '\0',
    'Transfer-Encoding',
    'chunked',
    ',',
    '\t',
    '\xff',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const text = pieces.join('');
      const { result } = parse(text);
      if (result.kind === 'done') expect(text.slice(0, result.end)).toMatch(/^GET \/\S* HTTP\/1\.1\r\n(?:[^\r\n]+\r\n)*\r\n$/);
    }),
    { numRuns: 2000 },
  );
});

it('forwards nothing that Connection names, but what the request needs', () => {
  const { parser } = parse('GET / HTTP/1.1\r\nHost: a\r\nX-Drop: 1\r\nCookie: c\r\nConnection: x-drop, cookie, close\r\n\r\n');
  expect(parser.forwarded).toBe('Cookie: c\r\n');
  expect(parser.close).toBe(true);
});

it('knows one spelling of a path', () => {
  expect(parse('GET /%61%7e%c3%a4 HTTP/1.1\r\nHost: a\r\n\r\n').parser.path).toBe('/a~%C3%A4');
});
