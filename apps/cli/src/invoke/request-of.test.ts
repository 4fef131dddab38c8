import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { bodyOf, headersOf, methodOf, urlBelow } from './request-of.ts';

it('goes below the path that a function has', () => {
  const own = new URL('http://gateway.test/default/orders/');
  expect(urlBelow(own, '/list?of=all').href).toBe('http://gateway.test/default/orders/list?of=all');
  expect(urlBelow(own, 'list').href).toBe('http://gateway.test/default/orders/list');
  expect(urlBelow(own, '?a=1?2').href).toBe('http://gateway.test/default/orders/?a=1?2');
});

it('never leaves the gateway, whatever the path looks like', () => {
  for (const below of ['//elsewhere.test/x', '/\\elsewhere.test', 'http://elsewhere.test/', '/@elsewhere.test']) {
    expect(urlBelow(new URL('http://orders.test/'), below).host).toBe('orders.test');
  }
});

it('sends POST with a body, GET without, and what it is told', () => {
  expect([methodOf(undefined, true), methodOf(undefined, false), methodOf('put', false)]).toEqual(['POST', 'GET', 'PUT']);
  expect(() => methodOf('GET / HTTP/1.1', false)).toThrow('no HTTP method');
});

it('keeps headers that are given twice, and refuses what is none', () => {
  expect(headersOf(['X-A: 1', 'x-a:2', 'B: c: d'])).toEqual({ 'x-a': ['1', '2'], b: ['c: d'] });
  for (const bad of ['no colon', ': empty', 'a b: c', 'x: a\nb: c']) expect(() => headersOf([bad])).toThrow('A header is');
});

it('reads a body from stdin', async () => {
  const stdin = Readable.from([Buffer.from('a'), Buffer.from('b')]);
  expect(Buffer.from((await bodyOf('@-', { stdin, cwd: '/' })) ?? []).toString()).toBe('ab');
  expect(await bodyOf(undefined, { stdin, cwd: '/' })).toBeUndefined();
});
