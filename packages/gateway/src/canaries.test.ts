import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AccessLogEntry } from './access-log.ts';
import { GatewayWorld, ok } from './testing/gateway-world.ts';

let world: GatewayWorld;
const entries: AccessLogEntry[] = [];
beforeEach(async () => {
  entries.length = 0;
  world = new GatewayWorld();
  await world.start({ log: (entry) => entries.push(entry) });
});
afterEach(() => world.close());

it('tells nothing of a credential that a caller sends, in no log and no metric', async () => {
  const recorder = await world.answering('recorder', ok);
  const head = [
    'GET /orders?token=canary-query HTTP/1.1',
    'Host: f.test',
    'Authorization: Bearer canary-header',
    'Cookie: session=canary-cookie',
    'X-Api-Key: canary-key',
    'Connection: close',
  ];
  expect(await world.send(`${head.join('\r\n')}\r\n\r\n`)).toContain('200 OK');
  // The function gets all of it.
  for (const each of ['query', 'header', 'cookie', 'key']) expect(recorder.seen).toContain(`canary-${each}`);
  expect(entries).toMatchObject([{ path: '/orders', status: 200 }]);
  expect(JSON.stringify(entries)).not.toContain('canary');
  expect(world.gateway.metrics()).not.toContain('canary');
  expect(world.gateway.metrics()).not.toContain('/orders');
});
