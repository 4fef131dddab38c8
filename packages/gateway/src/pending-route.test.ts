import { afterEach, beforeEach, expect, it } from 'vitest';
import { GatewayWorld, get, ok, route } from './testing/gateway-world.ts';

const pending = { ...route, serving: '', unavailable: 'Function "f" is not ready: it is being prepared.', isPending: true };

let world: GatewayWorld;
beforeEach(async () => {
  world = new GatewayWorld();
  await world.start();
  world.gateway.routes.upsert(pending);
});
afterEach(() => world.close());

async function asked(): Promise<{ answer: Promise<string> }> {
  const answer = world.send(get());
  await world.until(() => world.gateway.metrics().includes('openfunction_gateway_requests_waiting 1'));
  return { answer };
}

it('waits a moment for a function that is being prepared', async () => {
  const path = await world.upstream('u', (socket) => socket.write(ok));
  const { answer } = await asked();
  world.gateway.routes.upsert(route);
  world.gateway.sweep();
  await world.until(() => world.hand.demands.length > 0);
  world.hand.give(world.grant(path));
  expect(await answer).toContain('200 OK');
});

it('says that it is being prepared when that takes longer', async () => {
  const { answer } = await asked();
  world.now += 2999;
  world.gateway.sweep();
  expect(world.gateway.metrics()).toContain('openfunction_gateway_requests_waiting 1');
  world.now += 1;
  world.gateway.sweep();
  expect(await answer).toMatch(/503 Service Unavailable[^]*it is being prepared/);
});

it('says at once why a function failed', async () => {
  const { answer } = await asked();
  world.gateway.routes.upsert({ ...pending, isPending: false, unavailable: 'Function "f" is not ready: its build failed.' });
  world.gateway.sweep();
  expect(await answer).toContain('its build failed');
  expect(await world.send(get())).toContain('its build failed');
});

it('forgets who goes away', async () => {
  const going = world.connect();
  going.write(get());
  await world.until(() => world.gateway.metrics().includes('openfunction_gateway_requests_waiting 1'));
  going.destroy();
  await world.until(() => world.gateway.metrics().includes('openfunction_gateway_requests_waiting 0'));
});

it('lets a bounded number wait', async () => {
  await world.close();
  world = new GatewayWorld();
  await world.start({ limits: { waiting: 1 } });
  world.gateway.routes.upsert(pending);
  const { answer } = await asked();
  expect(await world.send(get())).toContain('it is being prepared');
  world.now += 3000;
  world.gateway.sweep();
  expect(await answer).toContain('it is being prepared');
});
