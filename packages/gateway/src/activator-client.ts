import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectResponse, Endpoint as WireEndpoint, Grant as WireGrant, PoolScheduler } from '@openfunction/protocol';
import type { Activator, Dial, Endpoint, Grant, Held, Link, Refusal } from './activator.ts';
import { DemandOutbox } from './demand-outbox.ts';
import { steadyNow } from './steady-now.ts';

type Scheduler = Pick<PoolScheduler, 'connect'>;
type Message = Grant | Refusal | Dial | Link;
/** The replicas that there are now, told again when they change. One that stays is the same object. */
type Replicas = (signal: AbortSignal) => AsyncIterable<readonly Scheduler[]>;

export interface ActivatorClientOptions {
  /** Every replica of the scheduler: the one that is in charge answers, the others end the stream. */
  pool: Scheduler | readonly Scheduler[] | Replicas;
  gatewayId: string;
  /** The clock that grants are held by; default: of this process, which goes on evenly. */
  now?: () => number;
  /** First and longest pause between attempts; the pause doubles. Default 100 and 2,000. */
  backoffMs?: { first: number; longest: number };
}

/** The scheduler as an Activator: one stream to each replica, renewed for as long as `grants` is followed. */
export function activatorClient(options: ActivatorClientOptions): Activator {
  const { first, longest } = options.backoffMs ?? { first: 100, longest: 2000 };
  const { now = steadyNow } = options;
  const replicas = replicasOf(options.pool);
  const waiting = new Map<string, number>();
  const outboxes = new Set<DemandOutbox>();

  async function once(scheduler: Scheduler, inbox: Inbox, held: () => Held[], signal: AbortSignal): Promise<boolean> {
    const outbox = new DemandOutbox({ hello: { gatewayId: options.gatewayId, held: held().map(toWire), nowMs: Math.floor(now()) } });
    // A new stream knows nothing of who waits.
    for (const [serving, count] of waiting) outbox.demand(serving, count);
    outboxes.add(outbox);
    const over = new AbortController();
    const stop = (): void => {
      outbox.close();
      over.abort();
    };
    signal.addEventListener('abort', stop, { once: true });
    // A stream alone says little: the kernel takes connections for a process that stands still.
    let isWelcome = false;
    try {
      for await (const response of scheduler.connect(outbox, over.signal)) {
        if (!isWelcome) inbox.link(1);
        isWelcome = true;
        const message = fromResponse(response);
        if (message !== undefined) inbox.push(message, outbox);
      }
    } catch {
      // Grants that were given stay good, and the stream is opened again.
    } finally {
      signal.removeEventListener('abort', stop);
      stop();
      outboxes.delete(outbox);
      if (isWelcome) inbox.link(-1);
    }
    return isWelcome;
  }

  async function keep(scheduler: Scheduler, inbox: Inbox, held: () => Held[], signal: AbortSignal): Promise<void> {
    let pauseMs = first;
    while (!signal.aborted) {
      if (await once(scheduler, inbox, held, signal)) pauseMs = first;
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      pauseMs = Math.min(longest, pauseMs * 2);
    }
  }

  async function keepAll(begin: (scheduler: Scheduler, signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    const streams = new Map<Scheduler, { stop: AbortController; ended: Promise<void> }>();
    for await (const present of replicas(signal)) {
      for (const [scheduler, { stop }] of streams) {
        if (present.includes(scheduler)) continue;
        stop.abort();
        streams.delete(scheduler);
      }
      for (const scheduler of present) {
        if (streams.has(scheduler)) continue;
        const stop = new AbortController();
        streams.set(scheduler, { stop, ended: begin(scheduler, AbortSignal.any([signal, stop.signal])) });
      }
    }
    await Promise.all(streams.values().map(({ ended }) => ended));
  }

  return {
    demand(serving, count) {
      if (count > 0) waiting.set(serving, count);
      else waiting.delete(serving);
      for (const outbox of outboxes) outbox.demand(serving, count);
    },
    report: (servings) => {
      for (const outbox of outboxes) outbox.load(servings);
    },
    async *grants(signal, held) {
      const inbox = new Inbox();
      const stop = new AbortController();
      const ended = AbortSignal.any([signal, stop.signal]);
      ended.addEventListener('abort', inbox.close, { once: true });
      const streams = keepAll((scheduler, until) => keep(scheduler, inbox, held, until), ended);
      try {
        for await (const { message, outbox } of inbox.read()) {
          yield message;
          // Only now it was applied, so that what is said of who waits goes with it.
          if (message.kind === 'grant') outbox?.grantApplied();
        }
      } finally {
        stop.abort();
        await streams;
      }
    },
  };
}

function replicasOf(pool: ActivatorClientOptions['pool']): Replicas {
  if (typeof pool === 'function') return pool;
  const fixed: readonly Scheduler[] = 'connect' in pool ? [pool] : pool;
  return async function* replicas() {
    yield fixed;
  };
}

interface Received {
  message: Message;
  /** Of the stream that it came on. */
  outbox: DemandOutbox | undefined;
}

/** What all streams said, in order. The link is up while the scheduler at the end of one of them has welcomed this gateway. */
class Inbox {
  #messages: Received[] = [];
  #welcomes = 0;
  #closed = false;
  #wake: () => void = () => undefined;

  push(message: Message, outbox?: DemandOutbox): void {
    this.#messages.push({ message, outbox });
    this.#wake();
  }

  link(change: 1 | -1): void {
    const wasUp = this.#welcomes > 0;
    this.#welcomes += change;
    if (this.#welcomes > 0 !== wasUp) this.push({ kind: 'link', isUp: !wasUp });
  }

  readonly close = (): void => {
    this.#closed = true;
    this.#wake();
  };

  async *read(): AsyncGenerator<Received> {
    while (!this.#closed) {
      const messages = this.#messages;
      this.#messages = [];
      yield* messages;
      if (this.#messages.length === 0 && !this.#closed) await new Promise<void>((done) => (this.#wake = done));
    }
  }
}

function toWire({ serving, instance, endpoint, slots, expiresAt }: Held): WireGrant {
  const address = endpoint.kind === 'unix' ? { unix: endpoint.path } : { tcp: { host: endpoint.host, port: endpoint.port } };
  return { serving, instance, endpoint: address, slots, expiresAtMs: Math.floor(expiresAt) };
}

function fromResponse({ grant, refusal, dial }: ConnectResponse): Grant | Refusal | Dial | undefined {
  if (refusal !== undefined) {
    return {
      kind: 'refusal',
      serving: refusal.serving ?? '',
      code: refusal.code || 'Refused',
      message: refusal.message ?? '',
      retryAfterSeconds: refusal.retryAfterSeconds ?? 0,
    };
  }
  if (dial !== undefined) return { kind: 'dial', instance: dial.instance, endpoint: fromWire(dial.endpoint) };
  if (grant === undefined) return undefined;
  const { serving, instance, slots, expiresAtMs } = grant;
  return { kind: 'grant', serving, instance, endpoint: fromWire(grant.endpoint), slots, expiresAt: expiresAtMs };
}

function fromWire(endpoint: WireEndpoint | undefined): Endpoint {
  return endpoint?.tcp
    ? { kind: 'tcp', host: endpoint.tcp.host ?? '', port: endpoint.tcp.port ?? 0 }
    : { kind: 'unix', path: endpoint?.unix ?? '' };
}
