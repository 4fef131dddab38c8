import { IncomingMessage } from 'node:http';
import { parse } from 'node:querystring';

type Listen = (this: FunctionRequest, event: string, listener: (...args: unknown[]) => void) => FunctionRequest;

/** What few requests have. */
interface Rare {
  params?: Record<string, string>;
  abort?: AbortController;
  aborted?: { reason: unknown };
  replaysEnd?: boolean;
}

/** A request with the helpers that functions written for Google's framework use; each is computed when first read. */
export class FunctionRequest extends IncomingMessage {
  /** The parsed body: an object for JSON and forms, a string for plain text, else the bytes. */
  declare body: unknown;
  /** The bytes of the body as they came. */
  declare rawBody: Buffer | undefined;
  #rare: Rare | undefined = undefined;

  static {
    const { prototype } = this;
    // On the prototype, for most requests have no body, and each own field is work for all of them.
    prototype.body = undefined;
    prototype.rawBody = undefined;
    // Node declares a property of this name, which knows of the caller's end only: ours also aborts at the timeout.
    Object.defineProperty(prototype, 'signal', {
      configurable: true,
      get(this: FunctionRequest) {
        const rare = (this.#rare ??= {});
        if (!rare.abort) {
          rare.abort = new AbortController();
          if (rare.aborted) rare.abort.abort(rare.aborted.reason);
        }
        return rare.abort.signal;
      },
    });
    // A request without a body has ended before the function sees it: who waits for the end still hears of it.
    const replayEnd = (req: FunctionRequest): void => {
      const rare = (req.#rare ??= {});
      if (rare.replaysEnd || !req.readableEnded || req.rawBody !== undefined) return;
      rare.replaysEnd = true;
      process.nextTick(() => req.emit('end'));
    };
    for (const name of ['on', 'addListener', 'once'] as const) {
      const plain = IncomingMessage.prototype[name] as unknown as Listen;
      const listen: Listen = function (event, listener) {
        plain.call(this, event, listener);
        if (event === 'end') replayEnd(this);
        return this;
      };
      Object.defineProperty(prototype, name, { configurable: true, writable: true, value: listen });
    }
  }

  /** @internal */
  abort(reason: unknown): void {
    const rare = (this.#rare ??= {});
    rare.aborted ??= { reason };
    rare.abort?.abort(rare.aborted.reason);
  }

  /** Values of the path's parameters. */
  get params(): Record<string, string> {
    const rare = (this.#rare ??= {});
    return (rare.params ??= {});
  }

  set params(params: Record<string, string>) {
    (this.#rare ??= {}).params = params;
  }

  get path(): string {
    const url = this.url ?? '/';
    const mark = url.indexOf('?');
    return mark < 0 ? url : url.slice(0, mark);
  }

  get originalUrl(): string {
    return this.url ?? '/';
  }

  get query(): Record<string, string | string[] | undefined> {
    const url = this.url ?? '/';
    const mark = url.indexOf('?');
    return mark < 0 ? {} : { ...parse(url.slice(mark + 1)) };
  }

  /** The caller's address: the first that X-Forwarded-For names, since the gateway alone writes it. */
  get ip(): string | undefined {
    return this.get('x-forwarded-for')?.split(',')[0]?.trim() || this.socket.remoteAddress;
  }

  get protocol(): string {
    return this.get('x-forwarded-proto')?.split(',')[0]?.trim() || 'http';
  }

  get secure(): boolean {
    return this.protocol === 'https';
  }

  get host(): string | undefined {
    return this.get('x-forwarded-host')?.split(',')[0]?.trim() || this.headers.host;
  }

  get hostname(): string | undefined {
    return this.host?.replace(/:\d*$/, '');
  }

  get xhr(): boolean {
    return this.get('x-requested-with')?.toLowerCase() === 'xmlhttprequest';
  }

  get(name: string): string | undefined {
    const lower = name.toLowerCase();
    const value = lower === 'referrer' || lower === 'referer' ? (this.headers['referrer'] ?? this.headers.referer) : this.headers[lower];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  /** The same as `get`. */
  header(name: string): string | undefined {
    return this.get(name);
  }
}
