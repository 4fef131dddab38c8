import { once } from 'node:events';
import { request } from 'node:http';
import { Socket } from 'node:net';
import { duplexPair } from 'node:stream';
import { functionServer } from '../function-server.ts';
import type { Registered } from '../registry.ts';

const patienceMs = 5000;

/** Sends one request through the function's own HTTP path, in memory; throws when there is no answer in time. */
export async function callOnce(target: Registered): Promise<void> {
  const { server } = functionServer({ target });
  const [here, there] = duplexPair();
  server.emit('connection', there);
  const isEvent = target.signature === 'cloudevent';
  const event = { 'ce-id': '1', 'ce-source': '/openfunction/build', 'ce-type': 'io.openfunction.build', 'ce-specversion': '1.0' };
  const method = target.methods?.[0] ?? (target.signature === 'http' ? 'GET' : 'POST');
  const sent = request({
    createConnection: () => here,
    method,
    path: `/${(target.path ?? []).map((part) => (/^[:{]/.test(part) ? 'x' : part)).join('/')}`,
    headers: { host: 'build', ...(isEvent ? event : {}), ...(method === 'GET' ? {} : { 'content-type': 'application/json' }) },
    signal: AbortSignal.timeout(patienceMs),
  });
  sent.end(method === 'GET' ? undefined : '{}');
  const [answer] = (await once(sent, 'response')) as [NodeJS.ReadableStream];
  answer.resume();
  await once(answer, 'end');
}

/** From now on no connection leaves this process: a call that is only made for its code must do nothing elsewhere. */
export function withoutNetwork(): void {
  Socket.prototype.connect = function connect() {
    this.destroy(new Error('There is no network while a code cache is made.'));
    return this;
  };
}
