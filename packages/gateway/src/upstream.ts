import { connect, type Socket } from 'node:net';
import type { Endpoint } from './activator.ts';
import type { SlotInstance } from './slots.ts';

/** Who talks over an upstream connection now. */
export interface UpstreamUser {
  /** The bytes are valid during the call only. False: stop reading until `resume`. */
  onUpstreamBytes(bytes: Buffer, length: number): boolean;
  onUpstreamDrain(): void;
  onUpstreamClosed(): void;
}

// One buffer for all: the callback uses the bytes or copies them before it returns.
const shared: Buffer = Buffer.allocUnsafeSlow(65_536);

/** One connection to an instance; belongs to a user, or lies idle. */
export class Upstream {
  user: UpstreamUser | undefined;
  connected = false;
  used = 0;
  closed = false;
  readonly socket: Socket;

  constructor(endpoint: Endpoint, onIdleClosed: (upstream: Upstream) => void) {
    const onread = {
      buffer: shared,
      callback: (length: number): boolean => {
        if (this.user !== undefined) return this.user.onUpstreamBytes(shared, length);
        // Bytes nobody asked for: the next answer would be another one's.
        this.destroy();
        return false;
      },
    };
    this.socket =
      endpoint.kind === 'unix'
        ? connect({ path: endpoint.path, onread })
        : connect({ host: endpoint.host, port: endpoint.port, noDelay: true, onread });
    this.socket.on('connect', () => (this.connected = true));
    this.socket.on('drain', () => this.user?.onUpstreamDrain());
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => {
      this.closed = true;
      const user = this.user;
      this.user = undefined;
      if (user === undefined) onIdleClosed(this);
      else user.onUpstreamClosed();
    });
  }

  destroy(): void {
    this.user = undefined;
    this.closed = true;
    this.socket.destroy();
  }
}

/** Idle connections per instance; the last used is used next. */
export class UpstreamPool {
  readonly #idle = new Map<SlotInstance, Upstream[]>();
  readonly #maxIdle: number;

  constructor(options: { maxIdlePerInstance: number }) {
    this.#maxIdle = options.maxIdlePerInstance;
  }

  take(instance: SlotInstance): Upstream {
    const idle = this.#idle.get(instance);
    for (let upstream = idle?.pop(); upstream !== undefined; upstream = idle?.pop()) if (!upstream.closed) return upstream;
    return new Upstream(instance.endpoint, (closed) => this.#remove(instance, closed));
  }

  give(instance: SlotInstance, upstream: Upstream): void {
    upstream.user = undefined;
    let idle = this.#idle.get(instance);
    if (idle === undefined) this.#idle.set(instance, (idle = []));
    if (idle.length >= this.#maxIdle || upstream.closed) upstream.destroy();
    else idle.push(upstream);
  }

  forget(instance: SlotInstance): void {
    for (const upstream of this.#idle.get(instance) ?? []) upstream.destroy();
    this.#idle.delete(instance);
  }

  close(): void {
    for (const instance of this.#idle.keys()) this.forget(instance);
  }

  #remove(instance: SlotInstance, upstream: Upstream): void {
    const idle = this.#idle.get(instance);
    const index = idle?.indexOf(upstream) ?? -1;
    if (index >= 0) idle?.splice(index, 1);
  }
}
