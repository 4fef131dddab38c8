import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { call } from '../support/call.ts';
import { deploy, remove } from '../support/functions.ts';
import { until } from '../support/until.ts';
import { useTarget } from '../targets/use-target.ts';

const target = await useTarget();
const name = 'streams';
const timeoutMs = 60_000;
const megabytes20 = 20 * 1_048_576;

function open(path: string, options: { method?: string; headers?: Record<string, string> } = {}): ClientRequest {
  const host = `${name}.default.${target.domain}`;
  return request({
    ...target.gateway,
    agent: false,
    path,
    ...options,
    headers: { ...options.headers, host },
    signal: AbortSignal.timeout(timeoutMs),
  });
}
async function answerOf(sent: ClientRequest): Promise<IncomingMessage> {
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return answer;
}
async function textOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of answer) text += String(chunk);
  return text;
}
async function goneSoFar(): Promise<number> {
  return (JSON.parse((await call(target, name, { path: '/gone' })).body) as { gone: number }).gone;
}

// One instance, so that what one request did can be asked for by another.
beforeAll(() => deploy(target, { name, source: 'streams', target: 'streams', scaleOptions: { minReplicas: 1, maxReplicas: 1 } }));
afterAll(() => remove(target, 'default', name));

it('passes each server-sent event on when it is sent', async () => {
  const sent = open('/events');
  sent.end();
  const answer = await answerOf(sent);
  expect(answer.headers['content-type']).toBe('text/event-stream');
  const events: string[] = [];
  // The function sends the next event only when the one before has arrived here.
  for await (const chunk of answer) {
    events.push(String(chunk));
    if (events.length < 3) expect((await call(target, name, { path: '/next' })).status).toBe(200);
  }
  expect(events).toEqual(['data: 1\n\n', 'data: 2\n\n', 'data: 3\n\n']);
});

it('carries large bodies both ways', async () => {
  const body = randomBytes(megabytes20);
  const upload = open('/upload', {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream', 'transfer-encoding': 'chunked' },
  });
  upload.end(body);
  expect(JSON.parse(await textOf(await answerOf(upload)))).toEqual({
    bytes: megabytes20,
    sha256: createHash('sha256').update(body).digest('hex'),
  });
  const download = open(`/download?bytes=${megabytes20}`);
  download.end();
  let bytes = 0;
  for await (const chunk of await answerOf(download)) bytes += (chunk as Buffer).length;
  expect(bytes).toBe(megabytes20);
});

it('asks for a body that waits to be asked for', async () => {
  const sent = open('/upload', { method: 'POST', headers: { expect: '100-continue', 'content-length': '5' } });
  sent.flushHeaders();
  await once(sent, 'continue');
  sent.end('hello');
  expect(JSON.parse(await textOf(await answerOf(sent)))).toMatchObject({ bytes: 5 });
});

it('tells the function that its caller is gone', async () => {
  const before = await goneSoFar();
  const sent = open('/hang');
  sent.on('error', () => undefined);
  sent.end();
  const answer = await answerOf(sent);
  await once(answer, 'data');
  answer.on('error', () => undefined);
  sent.destroy();
  await until('the function sees it', timeoutMs, async () => (await goneSoFar()) === before + 1);
});

it('carries a WebSocket', async () => {
  const headers = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  };
  const sent = open('/socket', { headers });
  sent.end();
  const [answer, socket] = (await once(sent, 'upgrade')) as [IncomingMessage, Socket];
  expect([answer.statusCode, answer.headers['sec-websocket-accept']]).toEqual([101, 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=']);
  // A text frame, masked with zeros.
  socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | 5, 0, 0, 0, 0]), Buffer.from('hello')]));
  const [frame] = (await once(socket, 'data')) as [Buffer];
  expect([...frame.subarray(0, 2)]).toEqual([0x81, 5]);
  expect(frame.subarray(2).toString()).toBe('hello');
  socket.destroy();
});
