import { connect, type Socket } from 'node:net';
import { withInstanceSocket } from '@openfunction/workload/instance-socket';
import type { Endpoint } from './activator.ts';
import { shared } from './read-into-shared.ts';
import type { SlotInstance } from './slots.ts';

/** Who talks over an upstream connection now. */
export interface UpstreamUser {
  onUpstreamConnected(): void;
  /** The bytes are valid during the call only. False: stop reading until `resume`. */
  onUpstreamBytes(bytes: Buffer, length: number): boolean;
  onUpstreamDrain(): void;
  onUpstreamClosed(): void;
}

/** One connection to an instance; belongs to a user, or lies idle. */
export class Upstream {
  user: UpstreamUser | undefined;
  connected = false;
  closed = false;
  idleSince = 0;
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
        ? withInstanceSocket(endpoint.path, (path) => connect({ path, onread }))
        : connect({ host: endpoint.host, port: endpoint.port, noDelay: true, onread });
    this.socket.on('connect', () => {
      this.connected = true;
      this.user?.onUpstreamConnected();
    });
    this.socket.on('drain', () => this.user?.onUpstreamDrain());
    this.socket.on('error', () => undefined);
    // Also while its answer still waits for the client: an idle connection that ends must not be taken.
    this.socket.on('end', () => (this.closed = true));
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

/** How many connections are opened before they may be used, and for how long they are kept. */
const maxDialled = 256;
const dialledMs = 30_000;

/** Idle connections per instance; the last used is used next. */
export class UpstreamPool {
  readonly #idle = new Map<SlotInstance, Upstream[]>();
  /** By the instance's id: it was not granted yet. */
  readonly #dialled = new Map<string, Upstream>();
  readonly #maxIdle: number;
  readonly #idleMs: number;

  /** `idleMs`: how long one may lie idle. Less than servers allow, or a request could meet the end of its connection. */
  constructor(options: { maxIdlePerInstance: number; idleMs: number }) {
    this.#maxIdle = options.maxIdlePerInstance;
    this.#idleMs = options.idleMs;
  }

  /** Connects to an instance that is still being loaded: it costs the first request half a millisecond. */
  dial(id: string, endpoint: Endpoint, now: number): void {
    if (this.#dialled.has(id) || this.#dialled.size >= maxDialled) return;
    const upstream = new Upstream(endpoint, () => this.#dialled.delete(id));
    upstream.idleSince = now;
    this.#dialled.set(id, upstream);
  }

  take(instance: SlotInstance, now: number): Upstream {
    const dialled = this.#dialled.get(instance.id);
    this.#dialled.delete(instance.id);
    if (dialled?.closed === false) return dialled;
    const idle = this.#idle.get(instance);
    if (idle !== undefined) {
      for (let upstream = idle.pop(); upstream !== undefined; upstream = idle.pop()) {
        if (!upstream.closed && now - upstream.idleSince < this.#idleMs) return upstream;
        upstream.destroy();
      }
    }
    return new Upstream(instance.endpoint, (closed) => this.#remove(instance, closed));
  }

  give(instance: SlotInstance, upstream: Upstream, now: number): void {
    upstream.user = undefined;
    upstream.idleSince = now;
    let idle = this.#idle.get(instance);
    if (idle === undefined) this.#idle.set(instance, (idle = []));
    if (idle.length >= this.#maxIdle || upstream.closed || instance.slots === 0) upstream.destroy();
    else idle.push(upstream);
  }

  /** Closes what has lain idle too long. */
  sweep(now: number): void {
    for (const [id, upstream] of this.#dialled) {
      if (now - upstream.idleSince < dialledMs) continue;
      this.#dialled.delete(id);
      upstream.destroy();
    }
    for (const [instance, idle] of this.#idle) {
      // The oldest lie at the bottom.
      const kept = idle.findIndex(({ idleSince }) => now - idleSince < this.#idleMs);
      for (const upstream of idle.splice(0, kept < 0 ? idle.length : kept)) upstream.destroy();
      if (idle.length === 0) this.#idle.delete(instance);
    }
  }

  forget(instance: SlotInstance): void {
    for (const upstream of this.#idle.get(instance) ?? []) upstream.destroy();
    this.#idle.delete(instance);
  }

  close(): void {
    for (const instance of this.#idle.keys()) this.forget(instance);
    for (const upstream of this.#dialled.values()) upstream.destroy();
    this.#dialled.clear();
  }

  #remove(instance: SlotInstance, upstream: Upstream): void {
    const idle = this.#idle.get(instance);
    const index = idle?.indexOf(upstream) ?? -1;
    if (index >= 0) idle?.splice(index, 1);
  }
}
