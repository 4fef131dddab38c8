import { once } from 'node:events';
import { createServer } from 'node:https';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { closable } from './closable.ts';

it('does not wait for a caller that holds a connection and asks nothing', async () => {
  const server = createServer({});
  const close = closable(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(server, 'connection');
  const gone = once(socket, 'close');
  await close(10);
  await gone;
  expect(server.listening).toBe(false);
});
