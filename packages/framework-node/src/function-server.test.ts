import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, expect, test } from 'vitest';
import { FunctionContext } from './context/function-context.ts';
import type { DispatchOptions } from './dispatch.ts';
import { functionServer, type FunctionServer, type ServeOptions } from './function-server.ts';
import { Plugin } from './hooks/plugin.ts';
import type { HttpFunction, OpenFunction, Registered } from './registry.ts';
import type { FunctionRequest } from './request.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

interface Served extends FunctionServer {
  port: number;
  ask(path?: string, init?: RequestInit): Promise<Response>;
  log: string[];
}

async function serve(target: Registered, options: Partial<DispatchOptions & ServeOptions> = {}): Promise<Served> {
  const log: string[] = [];
  const serving = functionServer({ target, log: (line) => log.push(line), ...options });
  await once(serving.server.listen(0, '127.0.0.1'), 'listening');
  ends.push(() => (serving.server.close(), serving.server.closeAllConnections()));
  const { port } = serving.server.address() as AddressInfo;
  return { ...serving, port, log, ask: (path = '/', init = {}) => fetch(`http://127.0.0.1:${port}${path}`, init) };
}

const of = (fn: HttpFunction): Registered => ({ name: 'f', signature: 'http', fn });
const open = (fn: OpenFunction): Registered => ({ name: 'f', signature: 'openfunction', fn });
const json = { 'content-type': 'application/json' };

test('an http function gets the query, the parsed body and path parameters', async () => {
  const { ask } = await serve({ ...of((req, res) => res.json([req.query, req.body, req.params])), path: ['hi', '{name}'] });
  const answer = await ask('/hi/ann?a=1', { method: 'POST', body: '{"b":2}', headers: json });
  expect(await answer.json()).toEqual([{ a: '1' }, { b: 2 }, { name: 'ann' }]);
});

test('functions of one artifact are told apart by path and method', async () => {
  const reading: Registered = { ...of((_req, res) => res.send('read')), name: 'reading', path: ['items', ':id'], methods: ['GET'] };
  const writing: Registered = { ...of((req, res) => res.send(`wrote ${req.params['id']}`)), path: ['items', '{id}'], methods: ['PUT'] };
  const { ask } = await serve(writing, { others: [reading] });
  expect(await (await ask('/items/1')).text()).toBe('read');
  expect(await (await ask('/items/a%2Fb', { method: 'PUT' })).text()).toBe('wrote a/b');
  expect((await ask('/items/1', { method: 'HEAD' })).status).toBe(200);
  expect(await (await ask('/items/1', { method: 'DELETE' })).json()).toMatchObject({ code: 'MethodNotAllowed' });
  expect(await (await ask('/other')).json()).toMatchObject({ code: 'RouteNotFound' });
});

test('a thrown error is answered with a code and an id that the log has with the stack, and is forgotten then', async () => {
  const { ask, log } = await serve(
    open((ctx) => {
      if (ctx.req.query['fail']) throw new Error('secret');
      return 'fine';
    }),
  );
  const answer = await ask('/?fail=1');
  const body = await answer.text();
  expect([answer.status, answer.headers.get('x-openfunction-status')]).toEqual([500, 'error']);
  expect(body).not.toContain('secret');
  const { code, id } = JSON.parse(body) as { code: string; id: string };
  expect(code).toBe('FunctionFailed');
  expect(log.find((line) => line.includes(id))).toContain('Error: secret');
  // The original framework answered every later request with the first error.
  expect(await (await ask('/')).text()).toBe('fine');
});

test('concurrent calls never share a context', async () => {
  const seen = new Set<FunctionContext>();
  const both = Promise.withResolvers<void>();
  const { ask } = await serve(
    open(async (ctx) => {
      seen.add(ctx);
      ctx.locals['me'] = ctx.req.query['me'];
      if (seen.size === 2) both.resolve();
      await both.promise;
      ctx.res.send(`${String(ctx.locals['me'])} ${String(ctx.req.query['me'])}`);
    }),
  );
  const answers = await Promise.all(['a', 'b'].map(async (me) => (await ask(`/?me=${me}`)).text()));
  expect(answers).toEqual(['a a', 'b b']);
  expect(seen.size).toBe(2);
});

test('what an openfunction function returns is the answer, and nothing is 204', async () => {
  const { ask } = await serve(open((_ctx, data) => (data === undefined ? undefined : { data })));
  expect(await (await ask('/', { method: 'POST', body: 'x' })).json()).toEqual({ data: 'x' });
  expect((await ask('/')).status).toBe(204);
});

test('events come one by one from a batch, and one that is none is refused', async () => {
  const ids: unknown[] = [];
  const { ask } = await serve({ name: 'f', signature: 'cloudevent', fn: (event) => ids.push(event.id) && undefined });
  const event = { specversion: '1.0', id: '1', source: '/s', type: 't' };
  const headers = { 'content-type': 'application/cloudevents-batch+json' };
  const batch = await ask('/', { method: 'POST', headers, body: JSON.stringify([event, { ...event, id: '2' }]) });
  expect([batch.status, ids]).toEqual([204, ['1', '2']]);
  for (const body of ['{', '{}', '[1]', JSON.stringify([{ ...event, specversion: '0.3' }])]) {
    const answer = await ask('/', { method: 'POST', headers, body });
    expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'InvalidCloudEvent' }]);
  }
  expect((await ask('/', { method: 'POST' })).status).toBe(400);
});

test('a body above the limit is refused, announced or not, and also when it only inflates to it', async () => {
  const { ask } = await serve(
    of((_req, res) => res.send('no')),
    { bodyLimit: 100 },
  );
  const { gzipSync } = await import('node:zlib');
  const bodies: RequestInit[] = [
    { body: 'x'.repeat(101) },
    { body: new Blob(['x'.repeat(101)]).stream(), duplex: 'half' },
    { body: new Uint8Array(gzipSync('x'.repeat(10_000))), headers: { 'content-encoding': 'gzip' } },
  ];
  for (const init of bodies) {
    const answer = await ask('/', { method: 'POST', ...init });
    expect([answer.status, await answer.json()]).toMatchObject([413, { code: 'BodyTooLarge' }]);
  }
});

test('above its concurrency a server refuses before the function is called', async () => {
  const held = Promise.withResolvers<void>();
  const { ask, inFlight } = await serve(
    of((_req, res) => void held.promise.then(() => res.send('done'))),
    { concurrency: 1 },
  );
  const first = ask();
  await expect.poll(inFlight).toBe(1);
  const surplus = await ask();
  expect([surplus.status, surplus.headers.get('openfunction-surplus')]).toEqual([503, '1']);
  held.resolve();
  expect(await (await first).text()).toBe('done');
});

test('the signal aborts when the caller goes away', async () => {
  const called = Promise.withResolvers<FunctionRequest>();
  const closed = Promise.withResolvers<void>();
  const { ask, inFlight } = await serve(of((req) => void (called.resolve(req), req.on('close', closed.resolve))));
  const leave = new AbortController();
  const call = ask('/', { signal: leave.signal });
  const { signal } = await called.promise;
  expect(signal.aborted).toBe(false);
  leave.abort();
  await expect(call).rejects.toThrow();
  await once(signal, 'abort');
  await closed.promise;
  expect(inFlight()).toBe(0);
});

test('a signal of an answered request does not abort', async () => {
  let signal: AbortSignal | undefined;
  const { ask } = await serve(of((req, res) => ((signal = req.signal), res.send('ok'))));
  await (await ask()).text();
  await (await ask()).text();
  expect(signal?.aborted).toBe(false);
});

test('a thousand calls that never answer get 504 each, free their slots and leave nothing behind', async () => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  const kept: WeakRef<FunctionRequest>[] = [];
  const late: (() => void)[] = [];
  let aborted = 0;
  const target = of((req, res) => {
    kept.push(new WeakRef(req));
    req.signal.addEventListener('abort', () => (aborted += 1));
    if (kept.length <= 10) late.push(() => res.status(200).json({ late: true }));
    return new Promise(() => undefined);
  });
  const { ask, inFlight } = await serve(target, { timeoutMs: 20, concurrency: 50 });
  const statuses = new Map<number, number>();
  for (let round = 0; round < 20; round += 1)
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        const answer = await ask();
        expect(await answer.json()).toMatchObject({ code: 'FunctionTimeout' });
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      }),
    );
  expect([...statuses]).toEqual([[504, 1000]]);
  await expect.poll(inFlight).toBe(0);
  expect(aborted).toBe(1000);
  // What a function says after its time is over goes nowhere.
  for (const say of late.splice(0)) say();
  await expect
    .poll(() => {
      gc();
      return kept.filter((one) => one.deref()).length;
    })
    .toBeLessThan(50);
}, 20_000);

test('a failing server answers everything in flight at once', async () => {
  const { ask, inFlight, failAll } = await serve(of(() => undefined));
  const calls = [ask(), ask()];
  await expect.poll(inFlight).toBe(2);
  failAll(new Error('end'));
  expect((await Promise.all(calls)).map((answer) => answer.status)).toEqual([500, 500]);
});

test('an answer that breaks off is broken for the caller too', async () => {
  const { port } = await serve(
    of((_req, res) => (res.writeHead(200, { 'content-length': 10 }), res.write('part'), Promise.reject(new Error('later')))),
  );
  const socket = http.get({ port, host: '127.0.0.1', agent: false });
  const [res] = (await once(socket, 'response')) as [http.IncomingMessage];
  await expect(once(res.resume(), 'end')).rejects.toThrow('aborted');
});

test('closing waits for what is in flight and for nothing else', async () => {
  const held = Promise.withResolvers<void>();
  const { ask, server, inFlight } = await serve(of((_req, res) => void held.promise.then(() => res.send('done'))));
  const call = ask();
  await expect.poll(inFlight).toBe(1);
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  held.resolve();
  expect(await (await call).text()).toBe('done');
  server.closeIdleConnections();
  await closed;
});

class Trace extends Plugin {
  readonly seen: string[] = [];
  override execPreHook(ctx: FunctionContext): void {
    if (ctx.req.query['refuse']) throw new Error('refused inside');
    this.seen.push(`pre ${ctx.req.path}`);
  }
  override execPostHook(ctx: FunctionContext): void {
    this.seen.push(`post ${String(ctx.error)}`);
  }
}

test('hooks run around the function, also when it throws, and their own errors are seen', async () => {
  const trace = new Trace();
  trace.name = 'trace';
  const hooks = { pre: [trace], post: [trace], plugins: { trace } };
  const target = open((ctx) => {
    if (ctx.req.path === '/throw') throw new Error('thrown');
    return ctx.getPlugin('trace')?.get('name');
  });
  const { ask, log } = await serve(target, { hooks });
  expect(await (await ask('/a')).text()).toBe('trace');
  expect((await ask('/throw')).status).toBe(500);
  expect(trace.seen).toEqual(['pre /a', 'post undefined', 'pre /throw', 'post Error: thrown']);
  expect(await (await ask('/?refuse=1')).json()).toMatchObject({
    code: 'HookFailed',
    message: expect.stringContaining('"trace"') as string,
  });
  expect(log.at(-1)).toContain('refused inside');
});

test('hooks run around http functions too', async () => {
  const trace = new Trace();
  const { ask } = await serve(
    of((_req, res) => res.send('ok')),
    { hooks: { pre: [trace], post: [trace], plugins: {} } },
  );
  expect(await (await ask('/a')).text()).toBe('ok');
  await expect.poll(() => trace.seen).toEqual(['pre /a', 'post undefined']);
});

test('requests that come together on one connection are answered in order', async () => {
  const { port } = await serve(of((req, res) => void setTimeout(() => res.send(req.path), req.path === '/1' ? 10 : 0)));
  const { connect } = await import('node:net');
  const socket: Socket = connect(port, '127.0.0.1');
  socket.write('GET /1 HTTP/1.1\r\nhost: a\r\n\r\nGET /2 HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  expect(text.match(/\/[12]$|\/[12](?=HTTP)/g)).toEqual(['/1', '/2']);
});
