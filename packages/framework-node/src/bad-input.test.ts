import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { functionServer } from './function-server.ts';
import type { Registered } from './registry.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

interface Answer {
  status: number;
  body: string;
}
type Send = (headers: Record<string, string>, body: string | Buffer) => Promise<Answer>;

async function serve(target: Registered, bodyLimit = 1 << 20): Promise<Send> {
  const { server } = functionServer({ target, bodyLimit, log: () => undefined });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  ends.push(() => (server.close(), server.closeAllConnections()));
  const { port } = server.address() as AddressInfo;
  return (headers, body) =>
    new Promise((resolve, reject) => {
      const sent = http.request({ port, method: 'POST', headers: { ...headers, 'content-length': Buffer.byteLength(body) } }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: text }));
      });
      // A refusal may come before the body is whole.
      sent.on('error', (error) => (answered(error) ? undefined : reject(error)));
      sent.end(body);
    });
}
const answered = (error: Error): boolean => 'code' in error && error.code === 'EPIPE';

const json = { 'content-type': 'application/json' };
const typeOf: Registered = { name: 'f', signature: 'http', fn: (req, res) => res.json(Object.keys(Object(req.body) as object).length) };

describe('a body', () => {
  const bomb = gzipSync(Buffer.alloc(8 << 20));
  const deep = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
  const parts = `--b\r\ncontent-disposition: form-data; name="a"\r\n\r\nx\r\n`.repeat(10_000);
  const rows: [string, Record<string, string>, string | Buffer, number, string?][] = [
    ['that inflates a thousand times', { ...json, 'content-encoding': 'gzip' }, bomb, 413],
    ['in an unknown charset', { 'content-type': 'application/json; charset=no-such' }, '{}', 415],
    ['in another charset than JSON has', { 'content-type': 'application/json; charset=iso-8859-1' }, '{}', 415],
    ['with a broken coding', { ...json, 'content-encoding': 'gzip' }, 'no gzip', 400],
    ['of 100 MB', json, Buffer.alloc(100 << 20, 0x20), 413],
    ['that is half JSON', json, '{"a":', 400],
    ['that is deep and not closed', json, '['.repeat(100_000), 400],
    ['with keys of prototypes', json, '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}', 200, '2'],
    ['with a key twice', json, '{"a":1,"a":2}', 200, '1'],
    ['with numbers that no double holds, and half a character', json, '{"a":1e400,"b":9007199254740993,"c":"\\ud800"}', 200, '3'],
    ['of 100,000 levels', json, deep(100_000), 200, '1'],
    ['of 10,000 parts without an end', { 'content-type': 'multipart/form-data; boundary=b' }, parts, 200],
  ];

  it.each(rows)('%s', { timeout: 30_000 }, async (_name, headers, body, status, text) => {
    const send = await serve(typeOf);
    const answer = await send(headers, body);
    expect(answer.status).toBe(status);
    if (text !== undefined) expect(answer.body).toBe(text);
    expect({}).not.toHaveProperty('polluted');
    expect((await send(json, '{"a":1}')).body).toBe('1');
  });
});

describe('a CloudEvent', () => {
  const seen: unknown[] = [];
  const events: Registered = { name: 'f', signature: 'cloudevent', fn: (event) => void seen.push(event) };
  const head = { 'ce-id': '1', 'ce-source': '/s', 'ce-type': 't', 'ce-specversion': '1.0' };
  const event = { id: '1', source: '/s', type: 't', specversion: '1.0' };
  const structured = { 'content-type': 'application/cloudevents+json' };
  const batch = { 'content-type': 'application/cloudevents-batch+json' };
  const without = (name: string): Record<string, string> => Object.fromEntries(Object.entries(head).filter(([each]) => each !== name));
  const written = (more: object): string => JSON.stringify({ ...event, ...more });
  const rows: [string, Record<string, string>, string, number, number][] = [
    ['without id', without('ce-id'), '', 400, 0],
    ['with an empty source', { ...head, 'ce-source': '' }, '', 400, 0],
    ['of version 0.3', { ...head, 'ce-specversion': '0.3' }, '', 400, 0],
    ['of version 2.0', { ...head, 'ce-specversion': '2.0' }, '', 400, 0],
    ['with an attribute in its head that is longer than heads may be', { ...head, 'ce-big': 'a'.repeat(20_000) }, '', 431, 0],
    ['with an attribute of 100 KB', structured, written({ big: 'a'.repeat(100_000) }), 400, 0],
    ['with an extension called data', { ...head, 'ce-data': 'x' }, '', 400, 0],
    ['with data and data_base64', structured, written({ data: 1, data_base64: 'AA==' }), 400, 0],
    ['with data_base64 that is no text', structured, written({ data_base64: 1 }), 400, 0],
    ['with a time of another form', structured, written({ time: 'yesterday' }), 400, 0],
    ['with a time that is on no clock', { ...head, 'ce-time': '2026-13-45T99:00:00Z' }, '', 400, 0],
    ['with a header beyond ASCII', { ...head, 'ce-name': 'm\u00fcller' }, '', 400, 0],
    ['that is a list', structured, '[]', 400, 0],
    ['in a batch of 10,000', batch, JSON.stringify(Array.from({ length: 10_000 }, () => event)), 400, 0],
    ['in a batch that is an object', batch, '{}', 400, 0],
    ['in a batch of none', batch, '[]', 204, 0],
    [
      'whose head says otherwise than its structure',
      { ...head, 'ce-id': '2', ...structured },
      written({ time: '2026-01-02T03:04:05.006+01:00' }),
      204,
      1,
    ],
  ];

  it.each(rows)('%s', async (_name, headers, body, status, calls) => {
    seen.length = 0;
    const send = await serve(events);
    const answer = await send(headers, body);
    expect([answer.status, seen.length]).toEqual([status, calls]);
    if (status === 400) expect(answer.body).toMatch(/InvalidCloudEvent|InvalidBody/);
    if (calls === 1) expect(seen).toMatchObject([{ id: '1' }]);
    expect((await send(head, '')).status).toBe(204);
  });
});
