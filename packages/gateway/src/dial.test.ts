import type { Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { GatewayWorld, get, ok } from './testing/gateway-world.ts';

let world: GatewayWorld;
beforeEach(() => {
  world = new GatewayWorld();
});
afterEach(() => world.close());

async function dialled() {
  const taken: Socket[] = [];
  const path = await world.upstream(
    'u',
    (socket) => socket.write(ok),
    (socket) => taken.push(socket),
  );
  await world.start();
  world.hand.give({ kind: 'dial', instance: path, endpoint: { kind: 'unix', path } });
  await world.until(() => taken.length === 1);
  return { path, taken };
}

it('uses the connection that was opened while the instance was loaded for its first request', async () => {
  const { path, taken } = await dialled();
  world.hand.give(world.grant(path));
  expect(await world.send(get())).toContain('200 OK');
  expect(taken).toHaveLength(1);
});

it('opens another connection when the instance ended the first', async () => {
  const { path, taken } = await dialled();
  taken[0]?.end();
  await world.until(() => taken[0]?.closed === true);
  world.hand.give(world.grant(path));
  expect(await world.send(get())).toContain('200 OK');
  expect(taken).toHaveLength(2);
});

it('closes a connection to an instance that is never granted', async () => {
  const { taken } = await dialled();
  world.pass(31_000);
  await world.until(() => taken[0]?.closed === true);
});

it('is not stopped by an instance that cannot be reached', async () => {
  await world.start();
  world.hand.give({ kind: 'dial', instance: 'x', endpoint: { kind: 'unix', path: `${world.folder}/nothing` } });
  await world.answering('other', ok);
  expect(await world.send(get())).toContain('200 OK');
});
