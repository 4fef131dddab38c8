import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectRequest, ConnectResponse, Grant as WireGrant, PoolScheduler } from '@openfunction/protocol';
import type { Activator, Endpoint, Grant, Refusal } from './activator.ts';

export interface ActivatorClientOptions {
  pool: Pick<PoolScheduler, 'connect'>;
  gatewayId: string;
  /** First and longest pause between attempts; the pause doubles. Default 100 and 5,000. */
  backoffMs?: { first: number; longest: number };
}

/** The scheduler as an Activator, over one stream that is renewed for as long as `grants` is followed. */
export function activatorClient(options: ActivatorClientOptions): Activator {
  const { first, longest } = options.backoffMs ?? { first: 100, longest: 5000 };
  const waiting = new Map<string, number>();
  const held = new Map<string, WireGrant>();
  let outbox = new Outbox();
  let grantsSeen = 0;

  function hold(grant: WireGrant): void {
    if (grant.slots === 0) held.delete(grant.instance);
    else held.set(grant.instance, grant);
    if (held.size > 4096) dropExpired();
  }

  function dropExpired(): void {
    for (const [instance, grant] of held) if (grant.expiresAtMs <= Date.now()) held.delete(instance);
  }

  async function* follow(signal: AbortSignal): AsyncIterable<Grant | Refusal> {
    let pauseMs = first;
    while (!signal.aborted) {
      outbox = new Outbox();
      grantsSeen = 0;
      dropExpired();
      outbox.push({ hello: { gatewayId: options.gatewayId, held: [...held.values()] } });
      // A new stream knows nothing of who waits.
      for (const [serving, count] of waiting) outbox.push({ demand: { serving, waiting: count, grantsSeen } });
      const stop = outbox.close;
      signal.addEventListener('abort', stop, { once: true });
      try {
        for await (const response of options.pool.connect(outbox, signal)) {
          pauseMs = first;
          if (response.grant !== undefined) hold(response.grant);
          const message = fromResponse(response);
          if (message !== undefined) yield message;
          // Only now it was applied, so that what is said of who waits goes with it.
          if (response.grant !== undefined) grantsSeen += 1;
        }
      } catch {
        // Grants that were given stay good until they expire; the stream is opened again below.
      } finally {
        signal.removeEventListener('abort', stop);
        outbox.close();
      }
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      pauseMs = Math.min(longest, pauseMs * 2);
    }
  }

  return {
    demand(serving, count) {
      if (count > 0) waiting.set(serving, count);
      else waiting.delete(serving);
      outbox.push({ demand: { serving, waiting: count, grantsSeen } });
    },
    report: (servings) => outbox.push({ load: { servings } }),
    grants: follow,
  };
}

/** What is to be sent, in order; after `close` nothing is kept. */
class Outbox implements AsyncIterable<ConnectRequest> {
  #messages: ConnectRequest[] = [];
  #closed = false;
  #wake: () => void = () => undefined;

  push(message: ConnectRequest): void {
    if (this.#closed) return;
    this.#messages.push(message);
    this.#wake();
  }

  readonly close = (): void => {
    this.#closed = true;
    this.#messages = [];
    this.#wake();
  };

  async *[Symbol.asyncIterator](): AsyncIterator<ConnectRequest> {
    while (!this.#closed) {
      const message = this.#messages.shift();
      if (message !== undefined) yield message;
      else await new Promise<void>((done) => (this.#wake = done));
    }
  }
}

function fromResponse({ grant, refusal }: ConnectResponse): Grant | Refusal | undefined {
  if (refusal !== undefined) {
    return {
      kind: 'refusal',
      serving: refusal.serving ?? '',
      code: refusal.code || 'Refused',
      message: refusal.message ?? '',
      retryAfterSeconds: refusal.retryAfterSeconds ?? 0,
    };
  }
  if (grant === undefined) return undefined;
  const { serving, instance, slots, expiresAtMs } = grant;
  const endpoint: Endpoint = grant.endpoint?.tcp
    ? { kind: 'tcp', host: grant.endpoint.tcp.host ?? '', port: grant.endpoint.tcp.port ?? 0 }
    : { kind: 'unix', path: grant.endpoint?.unix ?? '' };
  return { kind: 'grant', serving, instance, endpoint, slots, expiresAt: expiresAtMs };
}
