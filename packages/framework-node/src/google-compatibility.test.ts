import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

type Compared = 'status' | 'body' | 'content-type' | 'location' | 'set-cookie';
interface Case {
  name: string;
  fn: string;
  request?: { path?: string; method?: string; headers?: Record<string, string>; body?: string };
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
  compared: Compared[] = ['status', 'body', 'content-type', 'location', 'set-cookie'],
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
