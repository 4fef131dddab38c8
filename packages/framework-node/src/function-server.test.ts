import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { functionServer } from './function-server.ts';
import type { Registered } from './registry.ts';

async function ask(target: Registered, path = '/', init?: RequestInit): Promise<Response> {
  const { server } = functionServer({ target, log: () => undefined, bodyLimit: 100 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, init);
  } finally {
    server.close();
  }
}

test('an http function gets the query, the parsed body and path parameters', async () => {
  const target: Registered = {
    name: 'f',
    signature: 'http',
    path: ['hi', '{name}'],
    fn: (req, res) => res.json([req.query, req.body, req.params]),
  };
  const answer = await ask(target, '/hi/ann?a=1', { method: 'POST', body: '{"b":2}', headers: { 'content-type': 'application/json' } });
  expect(await answer.json()).toEqual([{ a: '1' }, { b: 2 }, { name: 'ann' }]);
});

test('a thrown error is answered with a code and without its stack', async () => {
  const answer = await ask({
    name: 'f',
    signature: 'http',
    fn: () => {
      throw new Error('secret');
    },
  });
  const body = await answer.text();
  expect(answer.status).toBe(500);
  expect(JSON.parse(body)).toMatchObject({ code: 'FunctionFailed' });
  expect(body).not.toContain('secret');
});

test('what an openfunction function returns is the answer', async () => {
  const answer = await ask({ name: 'f', signature: 'openfunction', fn: (_ctx, data) => ({ data }) }, '/', { method: 'POST', body: 'x' });
  expect(await answer.json()).toEqual({ data: 'x' });
});

test('a request that is no cloud event is refused', async () => {
  const answer = await ask({ name: 'f', signature: 'cloudevent', fn: () => undefined }, '/', { method: 'POST' });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ code: 'InvalidCloudEvent' });
});

test('a body above the limit is refused', async () => {
  const answer = await ask({ name: 'f', signature: 'http', fn: (_req, res) => res.send('no') }, '/', {
    method: 'POST',
    body: 'x'.repeat(101),
  });
  expect(answer.status).toBe(413);
});
