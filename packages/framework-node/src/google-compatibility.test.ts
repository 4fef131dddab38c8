import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

type Compared = 'status' | 'body' | 'content-type' | 'content-length' | 'location' | 'set-cookie' | 'vary' | 'etag' | 'x-a';
interface Case {
  name: string;
  fn: string;
  request?: { path?: string; method?: string; headers?: Record<string, string>; body?: string | Uint8Array<ArrayBuffer> };
  compared?: Compared[];
}

const json = { 'content-type': 'application/json' };
const httpCases: Case[] = [
  { name: 'sends text as HTML', fn: `(req, res) => res.send('hello')` },
  { name: 'sends an object as JSON', fn: `(req, res) => res.send({ hello: 'world' })` },
  { name: 'sends a list as JSON', fn: `(req, res) => res.send([1, 2])` },
  { name: 'sends a boolean as JSON', fn: `(req, res) => res.send(true)` },
  { name: 'sends null as nothing', fn: `(req, res) => res.send(null)` },
  { name: 'sends bytes', fn: `(req, res) => res.send(Buffer.from('bytes'))` },
  { name: 'sends JSON null', fn: `(req, res) => res.json(null)` },
  { name: 'sets a status before JSON', fn: `(req, res) => res.status(201).json({ made: true })` },
  { name: 'sends the text of a status', fn: `(req, res) => res.sendStatus(404)` },
  { name: 'drops the body of a 204', fn: `(req, res) => res.status(204).send('nothing')` },
  { name: 'adds the charset to a given text type', fn: `(req, res) => res.set('Content-Type', 'text/plain').send('plain')` },
  { name: 'knows the short name of a type', fn: `(req, res) => res.type('html').send('<p>')` },
  { name: 'redirects with 302', fn: `(req, res) => res.redirect('/next')` },
  { name: 'redirects with a given status', fn: `(req, res) => res.redirect(301, 'https://example.com/a b')` },
  { name: 'leaves an encoded URL of a redirect', fn: `(req, res) => res.redirect('/a%20b?c=é&d=100%')` },
  { name: 'adds a charset to any type of sent text', fn: `(req, res) => res.set('content-type', 'application/xml').send('<a/>')` },
  { name: 'leaves the type of sent bytes', fn: `(req, res) => res.set('content-type', 'image/png').send(Buffer.from('x'))` },
  { name: 'encodes a cookie', fn: `(req, res) => res.cookie('a', 'b c', { httpOnly: true, path: '/x' }).send('ok')` },
  { name: 'sets many headers at once', fn: `(req, res) => res.set({ 'Content-Type': 'text/csv' }).send('a,b')` },
  { name: 'sets a header by its other name', fn: `(req, res) => res.header('Location', '/there').status(201).end()` },
  { name: 'lets plain node:http write', fn: `(req, res) => { res.writeHead(202, { 'content-type': 'text/x' }); res.end('raw'); }` },
  { name: 'parses a query with repeats', fn: `(req, res) => res.json(req.query)`, request: { path: '/?a=1&a=2&b=%20c' } },
  {
    name: 'shows the path without the query',
    fn: `(req, res) => res.json([req.path, req.method])`,
    request: { path: '/a/b?c=d', method: 'DELETE' },
  },
  {
    name: 'reads headers by any case',
    fn: `(req, res) => res.json([req.get('X-One'), req.header('x-one') ?? null, req.get('none') ?? null])`,
    request: { headers: { 'x-one': '1' } },
  },
  {
    name: 'parses a JSON body',
    fn: `(req, res) => res.json([req.body, req.rawBody.toString()])`,
    request: { method: 'POST', headers: json, body: '{"a":[1]}' },
  },
  {
    name: 'parses a form',
    fn: `(req, res) => res.json(req.body)`,
    request: { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'a=1&b=x+y' },
  },
  {
    name: 'parses text',
    fn: `(req, res) => res.json(req.body)`,
    request: { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'plain' },
  },
  {
    name: 'keeps other bodies as bytes',
    fn: `(req, res) => res.json([Buffer.isBuffer(req.body), String(req.body)])`,
    request: { method: 'PUT', headers: { 'content-type': 'application/x-any' }, body: 'raw' },
  },
  // Answers
  { name: 'sends an empty text as HTML', fn: `(req, res) => res.send('')` },
  { name: 'sends undefined as nothing', fn: `(req, res) => res.send(undefined)` },
  { name: 'sends nothing', fn: `(req, res) => res.send()` },
  { name: 'sends a number as JSON', fn: `(req, res) => res.send(42)` },
  { name: 'sends JSON of a number', fn: `(req, res) => res.json(42)` },
  { name: 'sends JSON of a text', fn: `(req, res) => res.json('text')` },
  { name: 'sends JSON of undefined', fn: `(req, res) => res.json(undefined)` },
  { name: 'sends JSON under another type', fn: `(req, res) => res.type('application/vnd.x+json').json({ a: 'é' })` },
  { name: 'sends JSON after a header', fn: `(req, res) => res.set('x-a', '1').json({ a: 1 })` },
  { name: 'sends a typed array', fn: `(req, res) => res.send(new Uint8Array([1, 2]))` },
  { name: 'sends text in many scripts', fn: `(req, res) => res.send('héllo 世界 🌍')` },
  { name: 'sends a long text', fn: `(req, res) => res.send('é'.repeat(5000))` },
  { name: 'sends a date as JSON', fn: `(req, res) => res.send(new Date(0))` },
  { name: 'calls toJSON', fn: `(req, res) => res.send({ toJSON: () => ({ b: 1 }) })` },
  { name: 'replaces the charset of sent text', fn: `(req, res) => res.set('content-type', 'text/plain; charset=latin1').send('é')` },
  { name: 'gives a status without a body', fn: `(req, res) => res.status(418).end()` },
  { name: 'gives an unusual status', fn: `(req, res) => res.status(599).send('odd')` },
  { name: 'empties a 205', fn: `(req, res) => res.status(205).send('reset')` },
  { name: 'drops the body of a 304', fn: `(req, res) => res.status(304).send('nothing')` },
  { name: 'refuses a status that is no number', fn: `(req, res) => res.status('200').send('no')`, compared: ['status'] },
  { name: 'refuses a status out of range', fn: `(req, res) => res.status(99).send('no')`, compared: ['status'] },
  { name: 'sends the text of an unknown status', fn: `(req, res) => res.sendStatus(299)` },
  { name: 'ends with text', fn: `(req, res) => res.end('plain end')` },
  { name: 'writes in pieces', fn: `(req, res) => { res.write('a'); res.write('b'); res.end('c'); }` },
  { name: 'sets a number as a header', fn: `(req, res) => res.set('x-a', 5).end()` },
  { name: 'sets a list as a header', fn: `(req, res) => res.set('x-a', ['1', '2']).end()` },
  { name: 'appends to a header', fn: `(req, res) => res.append('x-a', '1').append('x-a', '2').end()` },
  { name: 'reads a header back', fn: `(req, res) => res.set('x-a', 'v').send(res.get('X-A'))` },
  { name: 'answers later', fn: `(req, res) => setTimeout(() => res.send('late'), 5)` },
  { name: 'answers after a promise', fn: `async (req, res) => { await null; res.json({ a: 1 }); }` },
  { name: 'ignores what an http function returns', fn: `(req, res) => { res.send('sent'); return 'returned'; }` },
  { name: 'sets a location', fn: `(req, res) => res.location('/a b').status(201).end()` },
  { name: 'has locals', fn: `(req, res) => { res.locals.a = 1; res.json(res.locals.a); }` },
  { name: 'does not answer with an ETag of its own', fn: `(req, res) => res.send('tagged')` },
  {
    name: 'answers 304 to who has the ETag',
    fn: `(req, res) => res.set('etag', '"v1"').send('tagged')`,
    request: { headers: { 'if-none-match': '"v0", W/"v1"' } },
  },
  {
    name: 'answers in full to who has another ETag',
    fn: `(req, res) => res.set('etag', '"v2"').send('tagged')`,
    request: { headers: { 'if-none-match': '"v1"' } },
  },
  {
    name: 'answers 304 to who has it since it was modified',
    fn: `(req, res) => res.set('last-modified', new Date(1e12).toUTCString()).send('dated')`,
    request: { headers: { 'if-modified-since': new Date(1e12).toUTCString() } },
  },
  ...['png', '.html', 'json', 'txt', 'css', 'js', 'svg', 'unknown-name', 'text/x-own', 'pdf', 'xml', 'csv', 'bin'].map((type) => ({
    name: `knows the type ${type}`,
    fn: `(req, res) => res.type('${type}').send(Buffer.from('x'))`,
  })),
  // Redirects
  ...['text/html', 'text/html,application/xhtml+xml,*/*;q=0.8', 'application/json', 'text/plain', '*/*', 'text/html;q=0.4, text/plain'].map(
    (accept) => ({
      name: `redirects who accepts ${accept}`,
      fn: `(req, res) => res.redirect('/next?a=<b>&c="d"')`,
      request: { headers: { accept } },
    }),
  ),
  { name: 'redirects to another host with 307', fn: `(req, res) => res.redirect(307, 'http://other.example/x?y=z')` },
  { name: 'redirects a HEAD', fn: `(req, res) => res.redirect('/next')`, request: { method: 'HEAD' } },
  // Cookies
  { name: 'sets a plain cookie', fn: `(req, res) => res.cookie('a', '1').end()` },
  { name: 'sets two cookies', fn: `(req, res) => res.cookie('a', '1').cookie('b', '2').send('ok')` },
  { name: 'sets a cookie of an object', fn: `(req, res) => res.cookie('a', { b: 1 }).end()` },
  {
    name: 'sets every attribute of a cookie',
    fn: `(req, res) => res.cookie('a', 'é;', { domain: 'example.com', path: '/p', expires: new Date(1e12), httpOnly: true, secure: true, sameSite: 'lax', priority: 'high', partitioned: true }).end()`,
  },
  { name: 'sets a strict cookie', fn: `(req, res) => res.cookie('a', '1', { sameSite: true }).end()` },
  { name: 'clears a cookie', fn: `(req, res) => res.clearCookie('a').end()` },
  { name: 'refuses a cookie whose name breaks out', fn: `(req, res) => res.cookie('a;b', '1').end()`, compared: ['status'] },
  { name: 'refuses a cookie whose path breaks out', fn: `(req, res) => res.cookie('a', '1', { path: '/;x' }).end()`, compared: ['status'] },
  // Requests
  ...['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].map((method) => ({
    name: `serves ${method}`,
    fn: `(req, res) => res.json([req.method, req.body ?? null])`,
    request: { method },
  })),
  { name: 'answers HEAD without a body', fn: `(req, res) => res.send('hello')`, request: { method: 'HEAD' } },
  { name: 'answers HEAD of JSON', fn: `(req, res) => res.json({ a: 1 })`, request: { method: 'HEAD' } },
  { name: 'has no body where none was sent', fn: `(req, res) => res.json([req.body === undefined, req.rawBody === undefined])` },
  { name: 'hears the end of a request without a body', fn: `(req, res) => { req.resume(); req.on('end', () => res.send('end')); }` },
  {
    name: 'reads a request without a body',
    fn: `async (req, res) => { let n = 0; for await (const one of req) n += one.length; res.json(n); }`,
  },
  { name: 'keeps the favicon from the function', fn: `(req, res) => res.send('no')`, request: { path: '/favicon.ico' } },
  { name: 'keeps robots.txt from the function', fn: `(req, res) => res.send('no')`, request: { path: '/robots.txt?a' } },
  { name: 'has an empty query', fn: `(req, res) => res.json(req.query)` },
  { name: 'keeps brackets of a query', fn: `(req, res) => res.json(req.query)`, request: { path: '/?a[]=1&a[b]=2&c=%E4%BD%A0&d&=e' } },
  { name: 'keeps a broken escape of a query', fn: `(req, res) => res.json(req.query)`, request: { path: '/?a=%zz&b=%E4' } },
  { name: 'keeps an encoded path', fn: `(req, res) => res.json([req.path, req.url, req.originalUrl])`, request: { path: '/a%2Fb//c?d' } },
  {
    name: 'tells address, protocol and host from the proxy',
    fn: `(req, res) => res.json([req.ip, req.protocol, req.secure, req.hostname, req.host])`,
    request: { headers: { 'x-forwarded-for': '9.8.7.6, 5.4.3.2', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'f.example:81' } },
  },
  { name: 'tells a script', fn: `(req, res) => res.json(req.xhr)`, request: { headers: { 'x-requested-with': 'XMLHttpRequest' } } },
  {
    name: 'knows both spellings of the referrer',
    fn: `(req, res) => res.json(req.get('Referrer'))`,
    request: { headers: { referer: 'http://r/' } },
  },
  // Bodies
  ...['[1]', ' {"a":1}', '{}', '', '1', '"text"', 'null', 'true', '{"__proto__":{"x":1}}', '{"a":1e400}', '{"a":1}x', '\u00a0{}'].map(
    (body) => ({
      name: `takes or refuses the JSON ${body}`,
      fn: `(req, res) => res.json([req.body, Object.keys(req.body), req.rawBody.toString()])`,
      request: { method: 'POST', headers: json, body },
      compared: (['{"a"', '1', '"text"', 'null', 'true', '{"a":1}x', '\u00a0{}'].includes(body) ? ['status'] : undefined) as
        | Compared[]
        | undefined,
    }),
  ),
  ...[
    'a=1&a=2',
    'a[b]=1&a[c]=2',
    'a[]=1&a[]=2',
    'a[0]=x&a[1]=y',
    'a[b][c]=d',
    'a=b=c',
    'a',
    '',
    'a=%zz',
    'a+b=c+d',
    '%61=%26',
    'a.b=c',
    '[a]=1',
    '__proto__[x]=1',
    'a[b]=1&a[b]=2',
    'a[][b]=1',
    'a[]=1&a=2',
    'a[b]c=1',
  ].map((body) => ({
    name: `parses the form ${body}`,
    fn: `(req, res) => res.json(req.body)`,
    request: { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body },
  })),
  {
    name: 'refuses a form of too many fields',
    fn: `(req, res) => res.send('no')`,
    request: { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'a=1&'.repeat(1001) },
    compared: ['status'],
  },
  {
    name: 'reads text in its charset',
    fn: `(req, res) => res.json(req.body)`,
    request: { method: 'POST', headers: { 'content-type': 'text/plain; charset=iso-8859-1' }, body: new Uint8Array([0xe9, 0x41]) },
  },
  {
    name: 'reads JSON in UTF-16',
    fn: `(req, res) => res.json(req.body)`,
    request: {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-16le' },
      body: new Uint8Array(Buffer.from('{"a":1}', 'utf16le')),
    },
  },
  {
    name: 'refuses JSON in another charset',
    fn: `(req, res) => res.send('no')`,
    request: { method: 'POST', headers: { 'content-type': 'application/json; charset=latin1' }, body: '{}' },
    compared: ['status'],
  },
  {
    name: 'refuses an unknown charset',
    fn: `(req, res) => res.send('no')`,
    request: { method: 'POST', headers: { 'content-type': 'text/plain; charset=klingon' }, body: 'x' },
    compared: ['status'],
  },
  ...['text/html', 'application/xml', 'application/vnd.api+json', 'application/octet-stream', 'multipart/form-data; boundary=x'].map(
    (type) => ({
      name: `keeps a body of ${type} as bytes`,
      fn: `(req, res) => res.json([Buffer.isBuffer(req.body), String(req.body), req.rawBody.length])`,
      request: { method: 'POST', headers: { 'content-type': type }, body: '{"a":1}' },
    }),
  ),
  {
    name: 'inflates a body',
    fn: `(req, res) => res.json([req.body, req.rawBody.toString()])`,
    request: { method: 'POST', headers: { ...json, 'content-encoding': 'gzip' }, body: new Uint8Array(gzipSync('{"a":1}')) },
  },
  {
    name: 'refuses a body that does not inflate',
    fn: `(req, res) => res.send('no')`,
    request: { method: 'POST', headers: { ...json, 'content-encoding': 'gzip' }, body: 'no gzip' },
    compared: ['status'],
  },
  {
    name: 'refuses an unknown encoding of a body',
    fn: `(req, res) => res.send('no')`,
    request: { method: 'POST', headers: { ...json, 'content-encoding': 'zip' }, body: 'x' },
    compared: ['status'],
  },
  // Errors
  { name: 'answers 500 when a promise rejects', fn: `async () => { throw new Error('broken'); }`, compared: ['status'] },
  { name: 'answers 500 when something odd is thrown', fn: `() => { throw 'odd'; }`, compared: ['status'] },
  { name: 'goes on after an error', fn: `(req, res) => res.send('still here')` },
  // The bodies of errors differ on purpose: ours names a code and an id, never a stack.
  {
    name: 'refuses broken JSON',
    fn: `(req, res) => res.send('no')`,
    request: { method: 'POST', headers: json, body: '{"a"' },
    compared: ['status'],
  },
  { name: 'answers 500 when the function throws', fn: `() => { throw new Error('broken'); }`, compared: ['status'] },
];

const event = { specversion: '1.0', id: '1', source: '/test', type: 'made', data: { a: 1 } };
const eventHeaders = { ...json, 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/test', 'ce-type': 'made', 'ce-extra': 'x' };
const eventCases: { name: string; request: Case['request']; added?: Record<string, string> }[] = [
  {
    name: 'takes a structured event',
    request: { method: 'POST', headers: { 'content-type': 'application/cloudevents+json' }, body: JSON.stringify(event) },
  },
  // CloudEvents' HTTP binding maps the content-type to this attribute; Google's framework leaves it out.
  {
    name: 'takes a binary event',
    request: { method: 'POST', headers: eventHeaders, body: '{"a":1}' },
    added: { datacontenttype: 'application/json' },
  },
];

const google = createRequire(import.meta.url).resolve('@google-cloud/functions-framework');
const mains = {
  google: [path.join(path.dirname(google), 'main.js')],
  ours: ['--conditions=@openfunction/source', path.join(import.meta.dirname, 'main.ts')],
};
type Side = keyof typeof mains;
const sides = Object.keys(mains) as Side[];
const children: ChildProcess[] = [];
const root = mkdtempSync(path.join(tmpdir(), 'google-compatibility-'));

afterAll(async () => {
  for (const child of children) {
    const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
    child.kill('SIGKILL');
    await ended;
  }
  rmSync(root, { recursive: true, force: true });
});

describe('an http function', () => {
  const table = httpCases.map((one) => one.fn).join(',\n');
  const bases = serving('http', `const cases = [${table}];\nexports.main = (req, res) => cases[Number(req.get('x-case'))](req, res);`);
  for (const [index, one] of httpCases.entries()) {
    it(`${one.name} as on Google's framework`, async () => {
      const request = { ...one.request, headers: { ...one.request?.headers, 'x-case': String(index) } };
      const [theirs, ours] = await Promise.all(sides.map((side) => answer(bases[side]?.url, request, one.compared)));
      expect(ours).toEqual(theirs);
    });
  }
});

describe('an event function', () => {
  const bases = serving(
    'cloudevent',
    `exports.main = (event) => require('node:fs').writeFileSync(__dirname + '/event.json', JSON.stringify(event));`,
  );
  for (const one of eventCases) {
    it(`${one.name} as on Google's framework`, async () => {
      const [theirs, ours] = await Promise.all(sides.map((side) => answer(bases[side]?.url, one.request ?? {})));
      expect(ours).toEqual(theirs);
      const [their, our] = sides.map(
        (side) => JSON.parse(readFileSync(path.join(bases[side]?.folder ?? '', 'event.json'), 'utf8')) as Record<string, unknown>,
      );
      expect(our).toEqual({ ...their, ...one.added });
    });
  }
});

function serving(signature: string, source: string): Partial<Record<Side, { url: string; folder: string }>> {
  const bases: Partial<Record<Side, { url: string; folder: string }>> = {};
  beforeAll(async () => {
    for (const side of sides) {
      const folder = path.join(root, `${signature}-${side}`);
      mkdirSync(path.join(folder, 'node_modules/@google-cloud'), { recursive: true });
      symlinkSync(path.resolve(path.dirname(google), '../..'), path.join(folder, 'node_modules/@google-cloud/functions-framework'));
      writeFileSync(path.join(folder, 'index.js'), source);
      const port = await freePort();
      const child = spawn(
        process.execPath,
        [...mains[side], '--target=main', `--signature-type=${signature}`, `--source=${folder}`, `--port=${port}`],
        {
          stdio: ['ignore', 'pipe', 'ignore'],
          env: { PATH: process.env['PATH'] },
        },
      );
      children.push(child);
      // Both print when they listen; neither prints before.
      await once(child.stdout, 'data');
      child.stdout.resume();
      bases[side] = { url: `http://127.0.0.1:${port}`, folder };
    }
  });
  return bases;
}

async function answer(
  base = '',
  { path: where = '/', ...init }: NonNullable<Case['request']>,
  compared: Compared[] = ['status', 'body', 'content-type', 'content-length', 'location', 'set-cookie', 'vary', 'etag', 'x-a'],
): Promise<Record<string, unknown>> {
  const reply = await fetch(base + where, { ...init, redirect: 'manual' });
  const body = await reply.text();
  return Object.fromEntries(compared.map((one) => [one, one === 'status' ? reply.status : one === 'body' ? body : reply.headers.get(one)]));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
