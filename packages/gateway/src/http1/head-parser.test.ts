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

const name = fc.constantFrom('X-A', 'accept', 'Cookie', 'X-Kept', 'content-type', 'User-Agent', 'a', 'Trailer');
const value = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/);
const request = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE'),
  path: fc.constantFrom('/', '/a/b', '/a-_~', '/%C3%A4'),
  query: fc.constantFrom('', '?a=b', '?%2f'),
  length: fc.option(fc.nat(1000), { nil: undefined }),
  headers: fc.array(fc.tuple(name, value), { maxLength: 6 }),
});

function text({
  method,
  path,
  query,
  length,
  headers,
}: {
  method: string;
  path: string;
  query: string;
  length: number | undefined;
  headers: [string, string][];
}): string {
  const lines = headers.map(([key, content]) => `${key}: ${content}\r\n`).join('');
  return `${method} ${path}${query} HTTP/1.1\r\nHost: f.test\r\n${lines}${length === undefined ? '' : `Content-Length: ${length}\r\n`}\r\n`;
}

/** The request as it would be sent on. */
function serialised(parser: HeadParser): string {
  const length = parser.contentLength < 0 ? '' : `Content-Length: ${parser.contentLength}\r\n`;
  return `${parser.method} ${parser.path}${parser.query} HTTP/1.1\r\nHost: ${parser.authority}\r\n${parser.forwarded}${length}\r\n`;
}

it('reads what it wrote as what it was', () => {
  fc.assert(
    fc.property(request, (each) => {
      const { result, parser } = parse(text(each));
      expect(result.kind).toBe('done');
      const once = serialised(parser);
      expect(once).toBe(text(each));
      expect(serialised(parse(once).parser)).toBe(once);
    }),
  );
});

it('refuses a head, or needs more of it, whatever part of it has come, and ends at the same byte', () => {
  fc.assert(
    fc.property(request, fc.nat(400), (each, cut) => {
      const whole = text(each);
      if (cut < whole.length) expect(parse(whole.slice(0, cut)).result.kind).toBe('incomplete');
      expect(parse(`${whole}more`).result).toEqual({ kind: 'done', end: whole.length });
    }),
  );
});

it('lets no header through that only the platform sets, however it is spelt', () => {
  const prefix = fc.constantFrom('dapr-', 'DAPR_', 'openfunction-', 'OpenFunction_', 'x-forwarded-', 'X_Forwarded-', 'proxy-');
  fc.assert(
    fc.property(prefix, fc.stringMatching(/^[a-z-]{0,20}$/), (start, rest) => {
      expect(parse(`GET / HTTP/1.1\r\nHost: a\r\n${start}${rest}: x\r\n\r\n`).parser.forwarded).toBe('');
    }),
  );
});

it('takes the absolute form for the host that the Host header names', () => {
  expect(parse('GET http://F.test?q HTTP/1.1\r\nHost: f.test\r\n\r\n').parser).toMatchObject({ path: '/', query: '?q', host: 'f.test' });
  expect(parse('GET http://f.test/a?q HTTP/1.1\r\nHost: f.test\r\n\r\n').parser).toMatchObject({ path: '/a', query: '?q' });
  expect(parse('GET http://g.test/ HTTP/1.1\r\nHost: f.test\r\n\r\n').result).toMatchObject({ kind: 'refused', code: 'BadRequest' });
});
