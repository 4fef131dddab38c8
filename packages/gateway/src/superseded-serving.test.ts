import { afterEach, beforeEach, expect, it } from 'vitest';
import { GatewayWorld, get, ok, route } from './testing/gateway-world.ts';

let world: GatewayWorld;
beforeEach(() => {
  world = new GatewayWorld();
});
afterEach(() => world.close());

const notFound = {
  kind: 'refusal',
  serving: route.serving,
  code: 'ServingNotFound',
  message: 'There is none.',
  retryAfterSeconds: 1,
} as const;

it('lets who waits for a Serving that has gone wait for the one that has its traffic now', async () => {
  const path = await world.upstream('u', (socket) => socket.write(ok));
  await world.start();
  const answer = world.send(get());
  await world.until(() => world.hand.demands.length > 0);
  world.gateway.routes.upsert({ ...route, serving: 'default/f-2' });
  world.hand.give(notFound);
  world.hand.give({ ...world.grant(path), serving: 'default/f-2' });
  expect(await answer).toContain('200 OK');
});

it('asks again for a Serving that has gone until its route changes', async () => {
  const path = await world.upstream('u', (socket) => socket.write(ok));
  await world.start();
  const answer = world.send(get());
  await world.until(() => world.hand.demands.length > 0);
  const asked = world.hand.demands.length;
  world.hand.give(notFound);
  await world.until(() => world.hand.demands.length > asked && world.hand.demands.at(-1) === 1);
  world.gateway.routes.upsert({ ...route, serving: 'default/f-2' });
  world.hand.give(notFound);
  world.hand.give({ ...world.grant(path), serving: 'default/f-2' });
  expect(await answer).toContain('200 OK');
});

it('says so when no other Serving comes', async () => {
  await world.start();
  const answer = world.send(get());
  await world.until(() => world.hand.demands.length > 0);
  world.now += 3500;
  world.hand.give(notFound);
  expect(await answer).toContain('ServingNotFound');
});

it('says so at once when the function has gone', async () => {
  await world.start();
  const answer = world.send(get());
  await world.until(() => world.hand.demands.length > 0);
  world.gateway.routes.remove(route.id);
  world.hand.give(notFound);
  expect(await answer).toContain('ServingNotFound');
});
