import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Activator, Dial, Grant, Link, Refusal } from '../activator.ts';
import { createGateway, type Gateway, type GatewayOptions } from '../gateway.ts';
import type { Route } from '../route/route.ts';

export const route: Route = {
  id: 'default/f',
  serving: 'default/f-1',
  unavailable: '',
  entries: [{ host: 'f.test', path: { type: 'prefix', value: '/' }, internal: false, stripPrefix: '' }],
};
export const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
export const get = (extra = ''): string => `GET /a?b=1 HTTP/1.1\r\nHost: f.test\r\nConnection: close\r\n${extra}\r\n`;

/** An activator whose grants the test gives by hand. */
export class Hand implements Activator {
  readonly demands: number[] = [];
  onDemand: (waiting: number) => void = () => undefined;
  #queue: (Grant | Refusal | Dial | Link)[] = [];
  #wake: () => void = () => undefined;

  demand(_serving: string, waiting: number): void {
    this.demands.push(waiting);
    this.onDemand(waiting);
  }
  report(): void {}
  give(message: Grant | Refusal | Dial | Link): void {
    this.#queue.push(message);
    this.#wake();
  }
  async *grants(signal: AbortSignal): AsyncIterable<Grant | Refusal | Dial | Link> {
    signal.addEventListener('abort', () => this.#wake());
    while (!signal.aborted) {
      const next = this.#queue.shift();
      if (next !== undefined) yield next;
      else await new Promise<void>((done) => (this.#wake = done));
    }
  }
}

/** A gateway on Unix sockets with instances that the test plays, and a clock that it moves. */
export class GatewayWorld {
  readonly hand: Hand = new Hand();
  readonly folder: string = mkdtempSync(join(tmpdir(), 'gateway-'));
  now = 1_000_000;
  gateway!: Gateway;
  #servers: Server[] = [];
  #sockets = new Set<Socket>();

  async start(options: Partial<GatewayOptions> = {}): Promise<void> {
    this.gateway = await createGateway({
      public: { path: join(this.folder, 'public') },
      internal: { path: join(this.folder, 'internal') },
      activator: this.hand,
      sweepMs: 0,
      reportMs: 0,
      now: () => this.now,
      ...options,
    });
    this.gateway.routes.upsert(route);
  }

  async close(): Promise<void> {
    await this.gateway.close();
    for (const socket of this.#sockets) socket.destroy();
    for (const server of this.#servers) server.close();
    rmSync(this.folder, { recursive: true });
  }

  /** An instance: what it does with the bytes of one read. Answers the path of its socket. */
  async upstream(
    name: string,
    onData: (socket: Socket, data: string) => void,
    onConnection: (socket: Socket) => void = () => undefined,
  ): Promise<string> {
    const path = join(this.folder, name);
    const server = createServer((socket) => {
      this.#sockets.add(socket);
      onConnection(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('data', (data) => onData(socket, data.toString('latin1')));
    });
    this.#servers.push(server);
    await new Promise<void>((done) => server.listen(path, done));
    return path;
  }

  /** An instance that answers each request whose last bytes it sees with the same. Answers what it saw. */
  async answering(
    name: string,
    answer: string,
    isWhole: (seen: string) => boolean = (seen) => seen.endsWith('\r\n\r\n'),
  ): Promise<{ seen: string }> {
    const record = { seen: '' };
    const path = await this.upstream(name, (socket, data) => {
      record.seen += data;
      if (isWhole(record.seen)) socket.write(answer, 'latin1');
    });
    this.hand.give(this.grant(path));
    return record;
  }

  grant(path: string, instance: string = path, slots = 100): Grant {
    return { kind: 'grant', serving: route.serving, instance, endpoint: { kind: 'unix', path }, slots, expiresAt: this.now + 60_000 };
  }

  connect(listener = 'public'): Socket {
    return connect(join(this.folder, listener));
  }

  /** Sends bytes, answers with all that comes back until the gateway closes or `until` is seen. */
  send(bytes: string, until?: string, listener = 'public'): Promise<string> {
    return new Promise((done) => {
      let answer = '';
      const socket = this.connect(listener);
      socket.on('connect', () => socket.write(bytes, 'latin1'));
      socket.on('data', (data) => {
        answer += data.toString('latin1');
        if (until !== undefined && answer.includes(until)) socket.destroy();
      });
      socket.on('error', () => (answer += '<reset>'));
      socket.on('close', () => done(answer));
    });
  }

  /** Until it holds, turn by turn of the event loop. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise((done) => setImmediate(done));
  }

  /** Moves the clock and lets deadlines be enforced. */
  pass(ms: number): void {
    this.now += ms;
    this.gateway.sweep();
  }
}
