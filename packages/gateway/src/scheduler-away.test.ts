import {
  createPoolClient,
  memoryTransport,
  servePool,
  type ConnectRequest,
  type ConnectResponse,
  type Grant,
} from '@openfunction/protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { activatorClient } from './activator-client.ts';
import { GatewayWorld, get, ok, route } from './testing/gateway-world.ts';

/** A scheduler that can be killed and started again; it forgets everything. It grants what is demanded when it may. */
class Scheduler {
  isUp = true;
  readonly held: Grant[][] = [];
  grantFor: (waiting: number) => Grant | undefined = () => undefined;
  #kill: () => void = () => undefined;

  kill(): void {
    this.isUp = false;
    this.#kill();
  }

  async *connect(requests: AsyncIterable<ConnectRequest>): AsyncIterable<ConnectResponse> {
    if (!this.isUp) throw new Error('nobody listens');
    const killed = new Promise<undefined>((done) => (this.#kill = () => done(undefined)));
    const reader = requests[Symbol.asyncIterator]();
    for (;;) {
      const next = await Promise.race([killed, reader.next()]);
      if (next === undefined || next.done === true) throw new Error('killed');
      const { hello, demand } = next.value;
      if (hello !== undefined) {
        this.held.push(hello.held);
        yield { welcome: {} };
      }
      const grant = demand === undefined ? undefined : this.grantFor(demand.waiting);
      if (grant !== undefined) yield { grant };
    }
  }
}

let world: GatewayWorld;
let scheduler: Scheduler;
beforeEach(() => {
  world = new GatewayWorld();
  scheduler = new Scheduler();
});
afterEach(() => world.close());

async function start(): Promise<void> {
  const service = servePool({ connect: (requests) => scheduler.connect(requests), async *watchServings() {} });
  await world.start({
    activator: activatorClient({
      pool: createPoolClient(memoryTransport([service])),
      gatewayId: 'g',
      backoffMs: { first: 1, longest: 5 },
    }),
  });
}

async function instance(): Promise<void> {
  const path = await world.upstream('u', (socket) => socket.write(ok));
  scheduler.grantFor = (waiting) =>
    waiting === 0
      ? undefined
      : { serving: route.serving, instance: 'i', endpoint: { unix: path }, slots: 10, expiresAtMs: world.now + 15_000 };
}

it('warm traffic goes on while the scheduler is away, and what is held is named when it is back', async () => {
  await start();
  await instance();
  expect(await world.send(get())).toContain('200 OK');
  scheduler.kill();
  // The loss is noticed within a turn or two; the grants are extended then.
  for (let turn = 0; turn < 20; turn++) await new Promise((done) => setImmediate(done));
  for (let minute = 0; minute < 5; minute++) {
    world.pass(60_000);
    expect(await world.send(get())).toContain('200 OK');
  }
  scheduler.isUp = true;
  await world.until(() => scheduler.held.length === 2);
  expect(scheduler.held[1]?.map(({ instance: id, slots }) => [id, slots])).toEqual([['i', 10]]);
  expect(await world.send(get())).toContain('200 OK');
});

it('who waits is answered once a scheduler is back, though it never heard of them', async () => {
  await start();
  await world.until(() => scheduler.held.length === 1);
  scheduler.kill();
  const answers = Promise.all(Array.from({ length: 20 }, () => world.send(get())));
  await world.until(() => world.gateway.metrics().includes('requests_waiting 20\n'));
  world.pass(5_000);
  await instance();
  scheduler.isUp = true;
  for (const answer of await answers) expect(answer).toContain('200 OK');
});

it('who waits longer than allowed while it is away gets a clear 503', async () => {
  await start();
  await world.until(() => scheduler.held.length === 1);
  // It was in charge: it said something.
  await instance();
  expect(await world.send(get())).toContain('200 OK');
  scheduler.kill();
  world.gateway.routes.upsert({ ...route, serving: 'default/f-2' });
  const answer = world.send(get());
  await world.until(() => world.gateway.metrics().includes('requests_waiting 1\n'));
  for (let turn = 0; turn < 20; turn++) await new Promise((done) => setImmediate(done));
  world.pass(60_001);
  expect(await answer).toMatch(/^HTTP\/1\.1 503 [^]*retry-after: 5\r\n[^]*"SchedulerUnreachable"/);
});
